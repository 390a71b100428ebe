/** Thrown out of work that the user ended with Ctrl-C. */
export class Stopped extends Error {}

/** The work, or {@link Stopped} as soon as the signal says so; what is still running then is left to itself. */
export async function untilStopped<T>(work: Promise<T>, stop: AbortSignal): Promise<T> {
  let end = (): void => undefined
  const stopped = new Promise<never>((_resolve, reject) => {
    end = () => reject(new Stopped())
    stop.addEventListener('abort', end, { once: true })
    if (stop.aborted) end()
  })
  try {
    return await Promise.race([work, stopped])
  } finally {
    stop.removeEventListener('abort', end)
  }
}
