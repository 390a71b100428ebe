/**
 * Signers for keys in the KMS of Volcengine.
 *
 * @module @kmsign/adapter-volcengine
 */
export type { VolcengineAlgorithm, VolcengineKeySpec } from './algorithms.ts'
export { isVolcengineAlgorithm } from './algorithms.ts'
export type { VolcengineCredentials } from './credentials.ts'
export type { VolcengineKey, VolcengineSignerOptions } from './options.ts'
export { createVolcengineSigner } from './signer.ts'
