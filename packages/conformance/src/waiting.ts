/** Milliseconds until a promise settles. */
export async function timed(promise: Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await promise.catch(() => undefined)
  return performance.now() - startedAt
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}

/** Asks again and again until the answer is yes; false when the time is up. */
export async function eventually(condition: () => boolean, withinMs = 3_000): Promise<boolean> {
  const until = performance.now() + withinMs
  while (!condition()) {
    if (performance.now() > until) return false
    await sleep(5)
  }
  return true
}
