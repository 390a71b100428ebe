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

/** Levenshtein distance, or `limit + 1` where the lengths alone say that it is more. */
function editDistance(left: string, right: string, limit: number): number {
  if (Math.abs(left.length - right.length) > limit) return limit + 1
  let previous = Array.from(right, (_, index) => index + 1)
  let distance = right.length
  for (const [row, letter] of [...left].entries()) {
    let diagonal = row
    distance = row + 1
    previous = previous.map((above, column) => {
      const change = right[column] === letter ? 0 : 1
      distance = Math.min(above + 1, distance + 1, diagonal + change)
      diagonal = above
      return distance
    })
  }
  return distance
}
