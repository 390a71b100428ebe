import { createRequire } from 'node:module'

const version = (name: string): string => {
  const manifest = createRequire(import.meta.url)(`${name}/package.json`) as { readonly version: string }
  return manifest.version
}

/** Of what the adapters are measured beside. */
export function peerVersions() {
  return {
    undici: version('undici'),
    '@volcengine/openapi': version('@volcengine/openapi'),
    '@volcengine/sdk-core': version('@volcengine/sdk-core'),
    '@aws-sdk/client-kms': version('@aws-sdk/client-kms'),
    'sm-crypto-v2': version('sm-crypto-v2'),
  } as const
}
