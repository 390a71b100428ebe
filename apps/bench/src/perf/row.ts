/** One measured ratio with its goal. */
export interface Row {
  readonly what: string
  readonly value: number
  readonly unit?: 'ms' | 'MiB'
  /** The most or the least that was aimed at; absent: for information. */
  readonly goal?: { readonly atMost: number } | { readonly atLeast: number }
}

export function isReached({ value, goal }: Row): boolean | undefined {
  if (goal === undefined) return undefined
  return 'atMost' in goal ? value <= goal.atMost : value >= goal.atLeast
}

export function goalText({ goal }: Row): string {
  if (goal === undefined) return '–'
  return 'atMost' in goal ? `≤ ${goal.atMost}` : `≥ ${goal.atLeast}`
}

export function valueText({ value, unit }: Row): string {
  return `${value.toFixed(Math.abs(value) >= 100 ? 0 : 2)}${unit === undefined ? '' : ` ${unit}`}`
}

export function reachedText(row: Row): string {
  const reached = isReached(row)
  return reached === undefined ? '' : reached ? 'yes' : 'no'
}
