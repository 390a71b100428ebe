import type { Arguments } from '../arguments.ts'
import type { Children } from '../children.ts'

/** One measured value with the bound it is held against. */
export interface Figure {
  readonly name: string
  readonly value: number
  readonly bound: { readonly atMost: number } | { readonly atLeast: number }
  readonly unit?: string
}

/** A table of a section: heads, and rows of as many texts. */
export interface Comparison {
  readonly title: string
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

export interface SectionResult {
  readonly figures: readonly Figure[]
  readonly comparisons: readonly Comparison[]
  /** What went wrong, one line each, with what is needed to see it again. */
  readonly defects: readonly string[]
  /** Everything that was measured, for the file. */
  readonly details: unknown
}

export interface SectionContext {
  readonly options: Arguments
  readonly children: Children
  readonly progress: (text: string) => void
}

export interface Section {
  readonly about: string
  readonly run: (context: SectionContext) => Promise<SectionResult>
}

export function holds({ value, bound }: Figure): boolean {
  return 'atMost' in bound ? value <= bound.atMost : value >= bound.atLeast
}

export const none = (name: string, value: number): Figure => ({ name, value, bound: { atMost: 0 } })

/** So many at once, each result in its place. */
export async function mapLimited<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  let next = 0
  const worker = async (): Promise<void> => {
    for (let at = next; at < items.length; at = next) {
      next += 1
      results[at] = await work(items[at] as T)
    }
  }
  await Promise.all(Array.from({ length: limit }, worker))
  return results
}
