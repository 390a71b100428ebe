/**
 * Files of packages/core/src that decide whether a signature is right, what an error says and what repeats a call, with
 * the tests that must notice every change in them: their own, and few others, since every mutant that survives runs all.
 */
export const GROUPS = {
  bytes: { files: ['base64', 'bytes', 'clean-text', 'nearest'], tests: 'src/{base64,bytes,clean-text,nearest}' },
  der: { files: ['der', 'ed25519-point', 'rsa-padding'], tests: 'src/{der,ed25519-point,rsa-padding}' },
  errors: { files: ['error-table', 'errors', 'failure'], tests: 'src/{errors,failure}' },
  encoding: { files: ['order', 'signature-encoding'], tests: 'src/signature-encoding' },
  keys: {
    files: ['jwk', 'key-object', 'pem', 'public-key', 'spki'],
    tests: 'src/{jwk,pem,public-key,public-key-refusals,runtimes,spki}',
  },
  checks: {
    files: ['check-signature', 'curves', 'sm2', 'sm2-check', 'verifier'],
    tests: 'src/{check-signature,curves,runtimes,sm2,verifier,verifier-options}',
  },
  inputs: {
    files: ['byte-source', 'digest', 'payload', 'public-key-store'],
    tests: '{src/{byte-source,digest,public-key-store},test/{construction,integrity,payloads,recognition,verifying}}',
  },
  waits: {
    files: [
      'backoff',
      'call',
      'caller-signal',
      'driver-attempt',
      'rate-limit',
      'repeat',
      'retry-budget',
      'token-bucket',
    ],
    tests: 'src/{call,cancellation,rate-limit,repeat}',
  },
  calls: {
    files: ['call-driver', 'call-room', 'recognize', 'signature-key', 'signing', 'verifying'],
    tests:
      '{src/{call-room,runtimes},test/{attempts,ends,failures,integrity,key-facts,payloads,policy,recognition,signing,verifying}}',
  },
}

/** The group that scripts/mutation.mjs names. */
export function groupToTest(name = process.env['KMSIGN_MUTATION_GROUP'] ?? 'bytes') {
  return { name, ...GROUPS[name] }
}
