/** No process that is measured or tried finds cloud settings, a proxy or Node options of the machine it runs on. */
export const CLEAN_ENVIRONMENT = {
  ...{ AWS_EC2_METADATA_DISABLED: 'true', AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' },
  ...{ NO_PROXY: '*', no_proxy: '*', NODE_OPTIONS: '' },
}
