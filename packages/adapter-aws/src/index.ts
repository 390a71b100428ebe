export type { AwsKeySpec } from './algorithms.ts'
export type { AwsCredentials } from './credentials.ts'
export type { AwsSignerOptions, KmsClientLike } from './options.ts'
export { createAwsSigner } from './signer.ts'
