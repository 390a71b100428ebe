import { createHook } from 'node:async_hooks'

/**
 * Runs something that can ask how many of the connections that were opened meanwhile are still open. Both sides count if
 * the backend is in this process, and idle connections too, which Node does not list among active resources. Others that
 * close meanwhile do not matter, as they would to a mere number before and after.
 */
export async function watchingSockets<T>(run: (open: () => number) => Promise<T>): Promise<T> {
  const open = new Set<number>()
  const hook = createHook({
    init(id, type) {
      if (type === 'TCPWRAP') open.add(id)
    },
    destroy: (id) => void open.delete(id),
  })
  hook.enable()
  try {
    return await run(() => open.size)
  } finally {
    hook.disable()
  }
}
