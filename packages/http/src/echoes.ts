import { sanitizeText } from './response-text.ts'

/** The longest run of a secret that may stay: so many characters are in an honest text by chance, and are no use alone. */
const MAX_SHARED = 7
const MASK = '[hidden]'
/** Parts of an Authorization header, of which every one may be altered. */
const AUTHORIZATION = /\b(?:Credential|SignedHeaders|Signature)=\S+/gi
/** Text is compared after it was cut to about what is ever shown, so that a long answer costs no more than a short one. */
const MAX_TEXT = 2_048

/**
 * Remote text for a message: as {@link sanitizeText} has it, without what the request carried, whole or in pieces. Every
 * run of eight or more characters that is also in a secret is replaced, so that an echo which was altered, cut or wrapped
 * shows nothing either.
 *
 * @param text anything; its first 2048 characters are looked at
 * @param secrets credentials, proofs and payloads as they were sent; those below eight characters are replaced whole
 * @returns undefined when nothing readable is left
 */
export function remoteText(text: unknown, secrets: readonly string[]): string | undefined {
  // Cleaned first, and the secrets too: what cleaning takes out of an echo would keep it from being found.
  const clean = sanitizeText(text, MAX_TEXT)
  if (clean === undefined) return undefined
  const sought = secrets.map((secret) => sanitizeText(secret, Number.POSITIVE_INFINITY) ?? '')
  return sanitizeText(concealEchoes(clean, sought))
}

function concealEchoes(shown: string, secrets: readonly string[]): string {
  const echoed = new Uint8Array(shown.length)
  for (const at of sharedRuns(shown, secrets)) echoed.fill(1, at, at + MAX_SHARED + 1)
  for (const secret of secrets) if (secret.length <= MAX_SHARED) markWhole(echoed, shown, secret)
  return maskRuns(shown, echoed).replace(AUTHORIZATION, MASK)
}

/** Whether a text, as it is, shares a run of eight or more characters with a secret: for ids and codes, which are words. */
export function isEcho(text: string, secrets: readonly string[]): boolean {
  const shown = text.slice(0, MAX_TEXT)
  for (const secret of secrets) if (shareRun(shown, secret)) return true
  return false
}

/** Without a table, because a request id is looked at for every signature: of eight characters in a row one is looked up. */
function shareRun(text: string, secret: string): boolean {
  for (let at = MAX_SHARED; at < text.length; at += MAX_SHARED + 1) {
    const sought = text.charAt(at)
    for (let found = secret.indexOf(sought); found >= 0; found = secret.indexOf(sought, found + 1)) {
      if (runAround(text, at, secret, found) > MAX_SHARED) return true
    }
  }
  return false
}

/** How many characters in a row are the same around two places that are. */
function runAround(text: string, at: number, secret: string, found: number): number {
  let before = 0
  while (before < at && text.charCodeAt(at - before - 1) === secret.charCodeAt(found - before - 1)) before += 1
  let after = 1
  while (at + after < text.length && text.charCodeAt(at + after) === secret.charCodeAt(found + after)) after += 1
  return before + after
}

/** Where in the text runs of eight characters begin that a secret has too. */
function sharedRuns(text: string, secrets: readonly string[]): readonly number[] {
  if (text.length <= MAX_SHARED) return []
  const known = new Set<string>()
  for (const secret of secrets) {
    for (let at = 0; at < secret.length - MAX_SHARED; at += 1) known.add(secret.slice(at, at + MAX_SHARED + 1))
  }
  const found: number[] = []
  for (let at = 0; at < text.length - MAX_SHARED; at += 1) {
    if (known.has(text.slice(at, at + MAX_SHARED + 1))) found.push(at)
  }
  return found
}

function markWhole(echoed: Uint8Array, text: string, secret: string): void {
  if (secret === '') return
  for (let at = text.indexOf(secret); at >= 0; at = text.indexOf(secret, at + 1)) echoed.fill(1, at, at + secret.length)
}

/** What stands closely between two echoes, without a space, was altered in one. */
function maskRuns(text: string, echoed: Uint8Array): string {
  let result = ''
  let shownTo = 0
  for (let from = echoed.indexOf(1); from >= 0; from = echoed.indexOf(1, shownTo)) {
    const end = echoed.indexOf(0, from)
    const between = text.slice(shownTo, from)
    if (shownTo === 0 || between.length > MAX_SHARED || /\s/.test(between)) result += between + MASK
    shownTo = end < 0 ? text.length : end
  }
  return result + text.slice(shownTo)
}
