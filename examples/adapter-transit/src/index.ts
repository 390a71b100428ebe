export type { TransitAlgorithm, TransitKeySpec } from './algorithms.ts'
export type { TransitSignerOptions } from './options.ts'
export type { TransitCredentials } from './request-signing.ts'
export { createTransitSigner } from './signer.ts'
