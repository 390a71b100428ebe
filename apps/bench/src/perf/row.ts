import type { Spread } from './statistics.ts'

export type Bound = { readonly atMost: number } | { readonly atLeast: number }

/** One measured figure, mostly a ratio, with what was aimed at. */
export interface Row {
  readonly what: string
  /** NaN where it could not be taken; `missing` says why. */
  readonly value: number
  readonly unit?: 'ms' | 'MiB'
  readonly spread?: Spread
  /** Absent: for information. */
  readonly goal?: Bound
  /** Better than the goal, and thinkable. */
  readonly stretch?: Bound
  /** The absolute medians behind it: of this run and machine, not to be compared with those of another. */
  readonly medians?: Readonly<Record<string, number>>
  readonly medianUnit?: MedianUnit
  readonly missing?: string
}

export type MedianUnit = 'µs of CPU' | 'calls per second' | 'bytes' | 'ns' | 'ms' | 'MiB' | 'bytes on disk' | 'packages'

export const atMost = (limit: number): Bound => ({ atMost: limit })
export const atLeast = (limit: number): Bound => ({ atLeast: limit })

/** undefined: there is nothing to reach, or nothing was measured. */
export function isReached({ value, goal, stretch }: Row): boolean | undefined {
  const bound = goal ?? stretch
  return bound === undefined || Number.isNaN(value) ? undefined : keeps(value, bound)
}

export function goalText({ goal }: Row): string {
  return boundText(goal)
}

export function stretchText({ stretch }: Row): string {
  return boundText(stretch)
}

export function valueText({ value, unit, goal, stretch }: Row): string {
  if (Number.isNaN(value)) return '–'
  // 1.104 must not be shown as 1.10 when 1.1 was to be reached.
  const isClose = [goal, stretch].some((bound) => bound && keeps(value, bound) !== keeps(Number(digits(value)), bound))
  return `${isClose ? value.toFixed(3) : digits(value)}${unit === undefined ? '' : ` ${unit}`}`
}

export function spreadText({ spread }: Row): string {
  return spread === undefined ? '' : `${digits(spread.low)}–${digits(spread.high)}`
}

export function reachedText(row: Row): string {
  if (row.missing !== undefined) return `not taken: ${row.missing}`
  const reached = isReached(row)
  if (reached === undefined) return ''
  if (!reached) return 'no'
  return row.stretch !== undefined && keeps(row.value, row.stretch) ? 'stretch' : 'yes'
}

function keeps(value: number, bound: Bound): boolean {
  return 'atMost' in bound ? value <= bound.atMost : value >= bound.atLeast
}

function boundText(bound: Bound | undefined): string {
  if (bound === undefined) return '–'
  return 'atMost' in bound ? `≤ ${bound.atMost}` : `≥ ${bound.atLeast}`
}

function digits(value: number): string {
  return value.toFixed(Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : 2)
}
