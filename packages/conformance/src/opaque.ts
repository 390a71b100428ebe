/** As long as a digest in hex or base64, or longer. */
const RUN = /[A-Za-z0-9+/=]{40,}/g
const HEX = /[\da-f]{40}|[\dA-F]{40}/
/** Part of a name such as `keyRings`, `sha2` or `RSA2048`. Random text changes its kind of character all the time. */
const PIECE = /[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+|[+=]/g
const PADDED = /[\d+].*=$/
const CHARACTERS_OF_A_PIECE = 6
/** An identifier of 16 bytes in hex is no secret; a digest of 32 bytes is longer in every spelling. */
const MOST_OF_IDS = 32

/**
 * Whether a text holds something long in base64 or hex: a signature, a digest, a token, a MAC. The path of a resource or
 * of a file is as long and has the same characters, but consists of names.
 */
export function quotesBytes(text: string): boolean {
  return (text.match(RUN) ?? []).some((run) => {
    if (HEX.test(run)) return true
    const segments = run.split('/').filter((segment) => !isName(segment))
    const { length } = segments.join('')
    return length > MOST_OF_IDS || (run.endsWith('=') && length > run.length / 4)
  })
}

function isName(segment: string): boolean {
  // No name ends like base64, and a MAC may by chance look like one.
  if (PADDED.test(segment)) return false
  const pieces = segment.match(PIECE)?.length ?? 0
  return pieces <= 1 + segment.length / CHARACTERS_OF_A_PIECE
}
