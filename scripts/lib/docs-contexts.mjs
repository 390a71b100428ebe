// What samples of a document take for granted and do not show. Guides show everything; in these documents the
// surroundings would hide the point.
export const CONTEXTS = {
  'docs/errors.md': `
    declare const signer: import('@kmsign/core').Signer
    declare const message: Uint8Array
    declare function later(afterMs: number | undefined): void`,
  'docs/wire/emulator-settings.md': `
    declare const startEmulator: typeof import('@kmsign/emulator').startEmulator`,
  'packages/adapter-aws/README.md': `
    declare const KMSClient: typeof import('@aws-sdk/client-kms').KMSClient
    declare const createAwsSigner: typeof import('@kmsign/adapter-aws').createAwsSigner
    declare function fromTemporaryCredentials(options: object): import('@kmsign/adapter-aws').AwsCredentials`,
  'packages/http/README.md': `
    declare const authorization: string
    declare const digest: string
    declare const attempt: import('@kmsign/core/driver').Attempt<undefined>`,
  'packages/conformance/README.md': `
    declare const runConformance: typeof import('@kmsign/conformance').runConformance
    declare const everyAlgorithmOf: typeof import('@kmsign/conformance').everyAlgorithmOf
    declare const { describe, it, afterAll }: typeof import('vitest')
    declare const { readFile }: typeof import('node:fs/promises')
    declare const WRONG_SECRET: string
    declare function idOf(keySpec: string, key: unknown): string
    type ExampleCredentials = import('@kmsign/core').CredentialsSource<{ readonly secret: string }>
    declare function credentialsOf(credentials: unknown): ExampleCredentials
    declare function createExampleSigner(options: {
      readonly keyId: string
      readonly credentials: ExampleCredentials
    }): import('@kmsign/core').Signer`,
}
