import { createPublicKey } from 'node:crypto'
import type { KeySpec, Signer, SigningAlgorithm } from '@kmsign/core'
import { createSigner, type OfferedAlgorithm, type SignerDriver, type SignRequest } from '@kmsign/core/driver'
import { createLocalKey } from '../src/local-key.ts'
import { testKey } from './keys.ts'
import { type Credentials, type ScriptedDriver, scriptedDriver } from './scripted-driver.ts'

const DEFAULT_ID = Buffer.from('1234567812345678')
const size = (bytes: number) => ({ minBytes: bytes, maxBytes: bytes })

/** Payloads as a provider may offer them. */
export const MESSAGES = { message: { minBytes: 0, maxBytes: 100 } }
export const DIGESTS = (bytes: number) => ({ digest: size(bytes) })
export const MU = { mu: size(64) }

/** A signature by the key of the tests, as a provider makes it. */
export type Maker = (request: SignRequest) => Promise<{ readonly signature: Uint8Array; readonly keyVersion?: string }>

export function localMaker(algorithm: SigningAlgorithm, keySpec: KeySpec, id: Uint8Array = DEFAULT_ID): Maker {
  const key = createLocalKey(algorithm, keySpec, testKey(keySpec).privatePem)
  return async ({ kind, payload }) => ({ signature: await key.sign(kind, payload, id) })
}

export interface Offered<A extends SigningAlgorithm> {
  readonly signer: Signer<A>
  readonly driver: ScriptedDriver
  /** What the provider was asked to sign. */
  readonly sent: SignRequest[]
}

/** A signer over a provider that offers one algorithm as told, with the key of the tests or another maker. */
export function offered<A extends SigningAlgorithm>(
  algorithm: A,
  keySpec: KeySpec,
  offer: OfferedAlgorithm,
  more: { readonly make?: Maker; readonly driver?: Partial<SignerDriver<Credentials>>; readonly options?: object } = {},
): Offered<A> {
  const make = more.make ?? localMaker(algorithm, keySpec)
  const sent: SignRequest[] = []
  const step = async (_attempt: unknown, request: SignRequest) => {
    sent.push(request)
    return make(request)
  }
  const publicKey = () => createPublicKey(testKey(keySpec).privateKey)
  const driver = scriptedDriver([step], { algorithms: { [algorithm]: offer }, publicKey, ...more.driver })
  const signer = createSigner(driver, algorithm, { credentials: { token: 'secret' }, ...more.options })
  return { signer, driver, sent }
}

export async function errorOf(
  promise: Promise<unknown>,
): Promise<{ readonly code?: string; readonly message?: string }> {
  return promise.then(
    () => ({ code: 'resolved' }),
    (error: unknown) => error as Error & { readonly code?: string },
  )
}
