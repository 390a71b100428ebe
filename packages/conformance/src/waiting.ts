/** Milliseconds until a promise settles. */
export async function timed(promise: Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await promise.catch(() => undefined)
  return performance.now() - startedAt
}

/** Whether a promise settles in time, either way. */
export async function settles(promise: Promise<unknown>, withinMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), withinMs)
  })
  const settled = promise.then(
    () => true,
    () => true,
  )
  return Promise.race([settled, late]).finally(() => clearTimeout(timer))
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
