/**
 * Signers for keys in AWS KMS, over the `@aws-sdk/client-kms` that the application has.
 *
 * @module @kmsign/adapter-aws
 */
export type { AwsKeySpec } from './algorithms.ts'
export type { AwsCredentials } from './credentials.ts'
export type { AwsSignerOptions, KmsClientLike } from './options.ts'
export { createAwsSigner } from './signer.ts'
