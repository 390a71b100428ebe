/**
 * Signers for keys in the Key Management Service of NAVER Cloud Platform (NCP).
 *
 * @module @kmsign/adapter-ncp
 */
export type { NcpAlgorithm, NcpKeySpec } from './algorithms.ts'
export { isNcpAlgorithm } from './algorithms.ts'
export type { NcpCredentials } from './credentials.ts'
export type { NcpSignerOptions } from './options.ts'
export { createNcpSigner } from './signer.ts'
