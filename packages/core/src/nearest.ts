/** The known name that `name` was probably meant to be: at most a third of it mistyped. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  if (name.length > 60) return undefined
  const limit = Math.ceil(name.length / 3)
  let best: string | undefined
  let least = limit + 1
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase(), limit)
    if (distance < least) {
      least = distance
      best = candidate
    }
  }
  return best
}

/** Levenshtein distance, or `limit + 1` as soon as it must be more. */
function editDistance(left: string, right: string, limit: number): number {
  if (Math.abs(left.length - right.length) > limit) return limit + 1
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= right.length; column += 1) {
      const change = left[row - 1] === right[column - 1] ? 0 : 1
      const above = (previous[column] ?? limit) + 1
      const beside = (current[column - 1] ?? limit) + 1
      current.push(Math.min(above, beside, (previous[column - 1] ?? limit) + change))
    }
    previous = current
  }
  return previous[right.length] ?? limit + 1
}
