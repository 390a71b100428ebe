/** The middle half of what the rounds showed. */
export interface Spread {
  readonly low: number
  readonly high: number
}

/** Two series of one run beside each other. */
export interface Comparison {
  /** The median of one divided by the median of the other: an odd round moves neither. */
  readonly value: number
  /** Of the ratios of the rounds. */
  readonly spread: Spread
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

export function spreadOf(values: readonly number[]): Spread {
  return { low: quantile(values, 0.25), high: quantile(values, 0.75) }
}

/** Both series have one value per round; what one of them lacks at its end is left out. */
export function compare(above: readonly number[], below: readonly number[]): Comparison {
  const rounds = Math.min(above.length, below.length)
  const ratios = above.slice(0, rounds).map((value, round) => value / (below[round] ?? Number.NaN))
  return { value: median(above) / median(below), spread: spreadOf(ratios) }
}

/** Linear between neighbours; NaN of nothing. */
function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right)
  const place = (sorted.length - 1) * share
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]]
  return low + (high - low) * (place - Math.floor(place))
}
