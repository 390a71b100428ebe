/** Name and value pairs of a raw query, decoded: a plus sign is a space, as the vendor's Go client sends it. */
export function decodeQuery(raw: string): readonly (readonly [string, string])[] {
  return raw
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const at = part.indexOf('=')
      const [name, value] = at < 0 ? [part, ''] : [part.slice(0, at), part.slice(at + 1)]
      return [decode(name), decode(value)] as const
    })
}

/**
 * The query that enters the signature: decoded and encoded anew by RFC 3986, because clients spell the same query in
 * three ways on the wire and sign only this one. Two texts come back where a name is repeated: the vendor's Node
 * signers sort its values, the written specification keeps their order.
 */
export function canonicalQueries(raw: string): readonly string[] {
  const pairs = decodeQuery(raw).map(([name, value]) => [encode(name), encode(value)] as const)
  const inOrder = pairs.toSorted(([left], [right]) => compare(left, right))
  const byValue = pairs.toSorted(([name, left], [other, right]) => compare(name, other) || compare(left, right))
  const texts = [byValue, inOrder].map((sorted) => sorted.map(([name, value]) => `${name}=${value}`).join('&'))
  return [...new Set(texts)]
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

function decode(text: string): string {
  const spaced = text.replaceAll('+', ' ')
  try {
    return decodeURIComponent(spaced)
  } catch {
    return spaced
  }
}
