// Everything that the entries of this package share, built once, so that they share its state and classes too.
export * from './algorithms.ts'
export * from './base64.ts'
export type { Bytes } from './bytes.ts'
export { checkSigner, type SignerCheck } from './check-signer.ts'
export type * from './contract.ts'
export { digestStream } from './digest.ts'
export type * from './driver-contract.ts'
export * from './errors.ts'
export { subscribe } from './events.ts'
export { fileSource } from './file-source.ts'
export { runtimeHasMlDsa } from './key-object.ts'
export { loadSpecialChecks } from './on-demand.ts'
export * from './options.ts'
export { type Jwk, type PublicKey, type PublicKeyInput, parsePublicKey } from './public-key.ts'
export {
  convertSignature,
  ecdsaSignatureToDer,
  ecdsaSignatureToLowS,
  ecdsaSignatureToP1363,
} from './signature-encoding.ts'
export { createSigner } from './signer.ts'
export { type CreateSignerOptions, checkPair, headerText, missingHeaderTexts, signerFields } from './signer-options.ts'
export { parseSm2UserId, sm2Digest } from './sm2.ts'
export { createVerifier, type Verifier, type VerifierOptions, verifySignature } from './verifier.ts'
