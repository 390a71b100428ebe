/**
 * A signer whose key is in this process, with failures on demand, for tests and development. Never for production: the key
 * is no safer than the process.
 *
 * @module @kmsign/core/testing
 */
export { createTestSigner, type TestSigner, type TestSignerOptions } from './test-signer.ts'
