import { inspect } from 'node:util'
import { assert } from './assertions.ts'

/** What must not be seen, under a name that may be. */
export interface Canary {
  readonly name: string
  /** Every way in which it is likely to be written. */
  readonly spellings: readonly string[]
}

/** The most that an error may take in a log line. */
const MOST_JSON_BYTES = 2_048
/** Proofs of identity as they travel, whatever they were made from. */
const PROOFS = [/Bearer\s+[\w.~+/-]{8,}/, /Credential=\w[^\s,]*/, /Signature=["']?[0-9a-f]{16,}/i]

/** A text, in the clear and as base64, base64url, hex and lists of byte values. */
export function canaryOfText(name: string, text: string): Canary {
  return { name, spellings: [text, JSON.stringify(text).slice(1, -1), ...spellingsOf(Buffer.from(text, 'utf8'))] }
}

export function canaryOfBytes(name: string, bytes: Uint8Array): Canary {
  return { name, spellings: spellingsOf(bytes) }
}

/** Fails if a thrown value shows a canary in any way of looking at it. */
export function assertKeepsSecrets(error: unknown, canaries: readonly Canary[], what: string): void {
  const json = JSON.stringify(error) ?? ''
  assert(json.length <= MOST_JSON_BYTES, `${what}: JSON of the error has ${json.length} characters`)
  for (const [where, text] of viewsOf(error)) assertShowsNothing(text, canaries, `${what}: ${where}`)
}

/** Fails if a text holds a canary or a proof of identity. */
export function assertShowsNothing(text: string, canaries: readonly Canary[], where: string): void {
  for (const { name, spellings } of canaries) {
    assert(!spellings.some((spelling) => text.includes(spelling)), `${where} shows ${name}`)
  }
  assert(!PROOFS.some((proof) => proof.test(text)), `${where} shows a proof of identity`)
}

/** Everything that a log, a console or a debugger would show. */
export function show(value: unknown): string {
  return inspect(value, {
    depth: 10,
    showHidden: true,
    maxArrayLength: null,
    maxStringLength: null,
    breakLength: Number.POSITIVE_INFINITY,
  })
}

function* viewsOf(error: unknown): Generator<readonly [string, string]> {
  let [current, prefix] = [error, '']
  for (let depth = 0; depth < 10 && typeof current === 'object' && current !== null; depth += 1) {
    const seen = current as { message?: unknown; stack?: unknown; cause?: unknown }
    yield [`${prefix}message`, String(seen.message)]
    yield [`${prefix}stack`, String(seen.stack)]
    yield [`${prefix}JSON`, JSON.stringify(current) ?? '']
    yield [`${prefix}inspect`, show(current)]
    for (const name of Reflect.ownKeys(current)) {
      const own = (current as Record<string | symbol, unknown>)[name]
      yield [`${prefix}${String(name)}`, typeof own === 'string' ? own : show(own)]
    }
    ;[current, prefix] = [seen.cause, `${prefix}cause.`]
  }
}

function spellingsOf(bytes: Uint8Array): readonly string[] {
  const buffer = Buffer.from(bytes)
  const base64 = buffer.toString('base64').replace(/=+$/, '')
  const hex = buffer.toString('hex')
  const pairs = hex.match(/../g) ?? []
  const list = [...buffer]
  return [
    base64,
    base64.replaceAll('+', '-').replaceAll('/', '_'),
    encodeURIComponent(base64),
    hex,
    hex.toUpperCase(),
    pairs.slice(0, 24).join(' '),
    list.slice(0, 24).join(', '),
    list.slice(0, 24).join(','),
  ]
}
