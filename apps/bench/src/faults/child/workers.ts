/** Runs `work` for 0, 1, 2, … below `count`, so many at once. */
export async function inParallel(
  count: number,
  concurrency: number,
  work: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < count) {
      const index = next
      next += 1
      await work(index)
    }
  }
  await Promise.all(Array.from({ length: Math.min(count, concurrency) }, worker))
}

/** Counts by name, the most frequent first. */
export function createTally() {
  const counts = new Map<string, number>()
  return {
    add(name: string): void {
      counts.set(name, (counts.get(name) ?? 0) + 1)
    },
    toRecord(): Readonly<Record<string, number>> {
      return Object.fromEntries([...counts].sort(([, left], [, right]) => right - left))
    },
  }
}
