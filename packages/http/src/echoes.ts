/** The longest run of a secret that may stay: so many characters are in an honest text by chance, and are no use alone. */
const MAX_SHARED = 7
const MASK = '[hidden]'
/** Parts of an Authorization header, of which every one may be altered. */
const AUTHORIZATION = /\b(?:Credential|SignedHeaders|Signature)=\S+/gi
/** Text is compared after it was cut to about what is ever shown, so that a long answer costs no more than a short one. */
const MAX_TEXT = 2_048

/**
 * Remote text without what the request carried, whole or in pieces: every run of eight or more characters that is also in
 * a secret is replaced, so that an echo which was altered, cut or wrapped shows nothing either.
 *
 * @param text cut to 2048 characters
 * @param secrets credentials, proofs and payloads as they were sent; those below eight characters are replaced whole
 */
export function concealEchoes(text: string, secrets: readonly string[]): string {
  const shown = text.slice(0, MAX_TEXT)
  const echoed = new Uint8Array(shown.length)
  for (const at of sharedRuns(shown, secrets)) echoed.fill(1, at, at + MAX_SHARED + 1)
  for (const secret of secrets) if (secret.length <= MAX_SHARED) markWhole(echoed, shown, secret)
  return maskRuns(shown, echoed).replace(AUTHORIZATION, MASK)
}

/** Whether a text shares a run of eight or more characters with a secret. */
export function isEcho(text: string, secrets: readonly string[]): boolean {
  const shown = text.slice(0, MAX_TEXT)
  return mayShare(shown, secrets) && sharedRuns(shown, secrets).length > 0
}

/** Every run of eight holds a whole piece of four that begins at a multiple of four. */
const PIECE = 4

/** Answered without a copy of the secrets: every honest answer of a provider is asked about, and mostly says no here. */
function mayShare(text: string, secrets: readonly string[]): boolean {
  for (let at = 0; at <= text.length - PIECE; at += PIECE) {
    const piece = text.slice(at, at + PIECE)
    for (const secret of secrets) if (secret.includes(piece)) return true
  }
  return false
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
