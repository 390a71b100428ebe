import type { KeySpec, Signer, SigningAlgorithm } from '@kmsign/core'
import type { Emulator } from '@kmsign/emulator'
import { Refusal } from './refusal.ts'

/** One cloud: everything of the demo that knows its name is in its one file under `clouds/`. */
export interface Cloud {
  /** As `signer.provider` says it. */
  readonly id: string
  readonly title: string
  /** Its limits, in a few words. */
  readonly remark: string
  /** The cloud as the emulator plays it. */
  emulated(emulator: Emulator): EmulatedCloud
  /** A signer for a real account, or the environment variables that are missing for one. */
  live(environment: Environment): LiveAccount
}

export type Environment = Readonly<Record<string, string | undefined>>

export type LiveAccount = { readonly open: () => Signer } | { readonly missing: readonly string[] }

export interface EmulatedCloud {
  readonly id: string
  /** What to sign with: one entry for each row of the table. */
  readonly keys: readonly DemoKey[]
  /** Makes an ECDSA P-256 key and returns its name. */
  createKey(): Promise<string>
  disableKey(keyId: string): void
  /** The name of a key that does not exist. */
  readonly absentKeyId: string
  /** A signer for one of the keys made by `createKey`. */
  open(keyId: string, settings?: SignerSettings): Signer
  /** A signer whose `capabilities` are the narrowest that this cloud has. */
  narrowest(): Promise<Signer>
}

export interface DemoKey {
  readonly keySpec: KeySpec
  readonly algorithm: SigningAlgorithm
  create(): Promise<Signer>
}

/** What the error table varies about a signer. */
export interface SignerSettings {
  readonly secret?: string
  readonly attemptTimeoutMs?: number
  readonly maxAttempts?: number
}

/** Takes the named variables, or says which of them are missing. */
export function readVariables<Name extends string>(
  environment: Environment,
  names: readonly Name[],
): { readonly values: Readonly<Record<Name, string>> } | { readonly missing: readonly Name[] } {
  const missing = names.filter((name) => !environment[name])
  if (missing.length > 0) return { missing }
  const values = Object.fromEntries(names.map((name) => [name, environment[name]]))
  return { values: values as Record<Name, string> }
}

/** An optional variable as an option: nothing at all where it is not set. */
export function optionalVariable<Option extends string>(
  environment: Environment,
  name: string,
  option: Option,
): { readonly [K in Option]?: string } {
  const value = environment[name]
  return (value ? { [option]: value } : {}) as { readonly [K in Option]?: string }
}

/** The algorithm that a variable names, or the one that every cloud has. */
export function algorithmVariable<A extends SigningAlgorithm>(
  environment: Environment,
  name: string,
  accepts: (value: unknown) => value is A,
): A {
  const value = environment[name] || 'ECDSA_SHA_256'
  if (accepts(value)) return value
  throw new Refusal(`${name} is no algorithm of that cloud; ECDSA_SHA_256, for example, is one.`, 2)
}
