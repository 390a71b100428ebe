export { createTestSigner, type TestSigner, type TestSignerOptions } from './test-signer.ts'
