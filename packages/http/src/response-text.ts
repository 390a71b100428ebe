/** Control and format characters: bidi overrides, zero-width, soft hyphen, tags; and halves of surrogate pairs. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}]/gu
const WHITESPACE = /\s+/gu
/** What nearly every id and code consists of: nothing in it needs cleaning. */
const VISIBLE_ASCII = /^[\x21-\x7e]+$/
const BYTE_ORDER_MARK = 0xfeff
/** `"__proto__"` as a member name, with any of its letters escaped. */
const PROTO_MEMBER = /"(?:_|\\u005f){2}(?:[prot]|\\u00(?:70|72|6f|74)){5}(?:_|\\u005f){2}"\s*:/i

/**
 * Remote text made safe for a message or a log line: control, bidi and other invisible characters removed, whitespace
 * folded, cut to `max` characters with an ellipsis.
 *
 * @param text anything; numbers are printed, what is neither string nor number gives undefined
 * @param max the greatest length of the result in UTF-16 units, 256 by default
 * @returns undefined when nothing readable is left
 */
export function sanitizeText(text: unknown, max = 256): string | undefined {
  if (typeof text !== 'string' && typeof text !== 'number' && typeof text !== 'bigint') return undefined
  const whole = String(text)
  if (whole.length <= max && VISIBLE_ASCII.test(whole)) return whole
  // A megabyte of text is not cleaned to show 256 characters of it.
  const head = whole.slice(0, max * 8)
  const clean = head.replace(WHITESPACE, ' ').replace(UNSAFE, '').replace(WHITESPACE, ' ').trim()
  if (clean === '') return undefined
  if (clean.length <= max && head.length === whole.length) return clean
  return `${clean.slice(0, max - 1).replace(UNSAFE, '')}…`
}

/**
 * Parses a body as JSON whatever its Content-Type says. Members called `__proto__` are left out, so that no later copy
 * or merge of the value can change a prototype. Never throws.
 *
 * @returns the value, or undefined when the text is not JSON (`null` is JSON)
 */
export function parseJson(text: string): unknown {
  const json = text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text
  try {
    if (!mayHaveProto(json)) return JSON.parse(json)
    return JSON.parse(json, (name, value: unknown) => (name === '__proto__' ? undefined : value))
  } catch {
    return undefined
  }
}

/** The expression is only for texts that could match it: two searches for a constant cost a tenth of it. */
function mayHaveProto(json: string): boolean {
  return (json.includes('__proto__') || json.includes('\\u')) && PROTO_MEMBER.test(json)
}
