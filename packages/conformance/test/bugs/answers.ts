import type { Attempt, SignerDriver } from '@kmsign/core/driver'
import { fromAnswer, type World } from '../reference/adapter.ts'
import type { Credentials, Failure } from '../reference/backend.ts'
import type { Exchange } from '../reference/flood.ts'
import { refusingSlowly, type SeededBug } from './bug.ts'

const fromBase64 = (base64: string) => new Uint8Array(Buffer.from(base64, 'base64'))
/** Takes what it was made for, and refuses the rest. */
const strictly = (base64: string) => {
  const bytes = fromBase64(base64)
  return Buffer.from(bytes).toString('base64') === base64 ? bytes : undefined
}

/** The driver with another reader of base64. */
function reading(decode: (base64: string) => Uint8Array | undefined) {
  return ({ keyId }: SignerDriver<Credentials>, { backend }: World): Partial<SignerDriver<Credentials>> => ({
    signPayload: async (request, attempt) => fromAnswer(await backend.sign({ keyId, ...request }, attempt), decode),
  })
}

/** The driver that passes on what the backend said, or a part of it. */
function quoting(part: (said: string) => string) {
  return (driver: SignerDriver<Credentials>): Partial<SignerDriver<Credentials>> => ({
    mapError(error) {
      const { said } = error as Failure
      const mapped = driver.mapError(error)
      return said === undefined ? mapped : { ...mapped, providerMessage: part(said) }
    },
  })
}

/** An attempt whose client has no limit. */
const insatiable = ({ number, signal, timeoutMs, now, credentials }: Attempt<Credentials>): Exchange<Credentials> => ({
  ...{ number, signal, timeoutMs, now, credentials },
  mostBytes: Number.POSITIVE_INFINITY,
})

/** The driver that takes an answer to `verify` that it cannot read for one that it can. */
function deciding(decision: boolean) {
  return ({ verifyPayload }: SignerDriver<Credentials>): Partial<SignerDriver<Credentials>> =>
    verifyPayload === undefined
      ? {}
      : {
          verifyPayload: (request, attempt) =>
            verifyPayload(request, attempt).catch((error: unknown) => {
              if ((error as Failure).mapped?.code !== 'KMS_INVALID_RESPONSE') throw error
              return decision
            }),
        }
}

/** Bugs in the reading of answers. */
export const ANSWER_BUGS: readonly SeededBug[] = [
  {
    bug: 'reads base64 as Buffer.from does',
    group: 'errors',
    caughtBy: 'base64-trailing: KMS_INVALID_RESPONSE',
    driver: reading(fromBase64),
  },
  {
    bug: 'takes base64 with white space',
    group: 'errors',
    caughtBy: 'base64-whitespace: KMS_INVALID_RESPONSE',
    driver: reading((base64) => strictly(base64.trim())),
  },
  {
    bug: 'takes base64 without padding',
    group: 'errors',
    caughtBy: 'base64-unpadded: KMS_INVALID_RESPONSE',
    driver: reading((base64) => strictly(base64.padEnd(Math.ceil(base64.length / 4) * 4, '='))),
  },
  {
    bug: 'takes base64 in the alphabet of URLs',
    group: 'errors',
    caughtBy: 'base64-url: KMS_INVALID_RESPONSE',
    driver: reading((base64) => strictly(base64.replaceAll('-', '+').replaceAll('_', '/'))),
  },
  {
    bug: 'reads an answer however long it is',
    group: 'errors',
    caughtBy: 'oversized: KMS_INVALID_RESPONSE',
    driver: ({ signPayload }) => ({ signPayload: (request, attempt) => signPayload(request, insatiable(attempt)) }),
  },
  {
    bug: 'reads a public key however long it is',
    group: 'errors',
    caughtBy: 'getPublicKey meets oversized',
    driver: ({ fetchPublicKey }) =>
      fetchPublicKey === undefined
        ? {}
        : { fetchPublicKey: (request, attempt) => fetchPublicKey(request, insatiable(attempt)) },
  },
  {
    bug: 'takes a malformed answer to verify for a yes',
    group: 'errors',
    caughtBy: 'verify meets empty',
    driver: deciding(true),
  },
  {
    bug: 'takes a malformed answer to verify for a no',
    group: 'errors',
    caughtBy: 'verify meets truncated',
    driver: deciding(false),
  },
  {
    bug: 'asks for the public key again by itself',
    group: 'errors',
    caughtBy: 'getPublicKey meets not-json',
    driver: ({ fetchPublicKey }) =>
      fetchPublicKey === undefined
        ? {}
        : { fetchPublicKey: (...asked) => fetchPublicKey(...asked).catch(() => fetchPublicKey(...asked)) },
  },
  {
    bug: 'quotes a signature that it cannot read',
    group: 'confidentiality',
    caughtBy: 'an error after base64-trailing',
    driver: ({ keyId, mapError }, { backend }) => ({
      async signPayload(request, attempt) {
        const answer = await backend.sign({ keyId, ...request }, attempt)
        if (strictly(answer.base64) !== undefined) return fromAnswer(answer)
        throw { mapped: { code: 'KMS_INVALID_RESPONSE', phase: 'response' }, said: answer.base64 } satisfies Failure
      },
      mapError(error) {
        const { said } = error as Failure
        return said === undefined ? mapError(error) : { ...mapError(error), providerMessage: `No base64: ${said}` }
      },
    }),
  },
  {
    bug: 'repeats a message that the provider repeats',
    group: 'confidentiality',
    caughtBy: 'repeats the request tells nothing',
    driver: quoting((said) => said.split('; ')[0] ?? ''),
  },
  {
    bug: 'repeats a message that a slow provider repeats',
    group: 'confidentiality',
    caughtBy: 'repeats the request tells nothing',
    driver: (driver) => ({ ...quoting((said) => said.split('; ')[0] ?? '')(driver), ...refusingSlowly(driver) }),
  },
  {
    bug: 'repeats a token that the provider repeats',
    group: 'confidentiality',
    caughtBy: 'repeats the request tells nothing',
    driver: quoting((said) => said.split('; ').find((part) => part.startsWith('token')) ?? ''),
  },
  {
    bug: 'repeats a proof of identity that the provider repeats',
    group: 'confidentiality',
    caughtBy: 'repeats the request tells nothing',
    driver: quoting((said) => said.split('; ').at(-1) ?? ''),
  },
  {
    bug: 'repeats a signature to be verified that the provider repeats',
    group: 'confidentiality',
    caughtBy: 'repeats the request tells nothing',
    driver: quoting((said) => (said.split('; ').length > 3 ? (said.split('; ')[1] ?? '') : '')),
  },
]
