// What `crypto.verify` has no call for, and most users never ask: RSA from a ready digest, the salt that a PSS signature
// was made with, SM2. A chunk of its own in the build; it takes key objects and bytes, so that it shares no state with the
// rest, and is loaded through `on-demand.ts` alone.
export { encodePkcs1, encodePss, openSignature, readPssSalt } from './rsa-padding.ts'
export { verifySm2 } from './sm2-check.ts'
