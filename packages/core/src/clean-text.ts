const MAX_CHARACTERS = 256
// Control characters, line separators, and the marks that reorder text on a terminal.
const UNSAFE = /[\p{Cc}\p{Cf}\u2028\u2029]+/gu

/** Remote text that is safe to show: no control or format characters, white space folded, cut. Undefined when empty. */
export function cleanText(text: unknown): string | undefined {
  if (typeof text !== 'string') return undefined
  const clean = text
    .slice(0, 8 * MAX_CHARACTERS)
    .replace(UNSAFE, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  if (clean === '') return undefined
  return clean.length > MAX_CHARACTERS ? `${clean.slice(0, MAX_CHARACTERS - 1)}…` : clean
}
