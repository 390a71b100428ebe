import type { Client, Pool } from 'undici'
import type { ConnectModules, createConnector } from './connect.ts'

/** What a pool is made with. */
export interface Modules extends ConnectModules {
  readonly undici: { readonly Client: typeof Client; readonly Pool: typeof Pool }
  readonly createConnector: typeof createConnector
}

/**
 * Loads undici, what opens connections for it, and the modules they need anyway: tens of milliseconds, paid with the first
 * request that has no dispatcher of its own, and not by importing us.
 * The built-in ones not by `import`: it reads every export of `node:http`, and since Node 22 that loads the undici that
 * Node carries for `fetch` as well, which nobody asked for.
 */
export async function loadModules(): Promise<Modules> {
  const [undici, connect] = await Promise.all([loadUndici(), import('./connect.ts')])
  return {
    undici,
    createConnector: connect.createConnector,
    net: process.getBuiltinModule('node:net'),
    tls: process.getBuiltinModule('node:tls'),
    http: process.getBuiltinModule('node:http'),
  }
}

/**
 * Two files of undici instead of the whole: its entry takes three times as long, as it has fetch, WebSocket and caches
 * too, and it makes its own agent the one that the application's `fetch` sends through. The files are no public interface
 * of undici (they are the same in all of 7.x so far), so its entry is there should they be gone.
 */
async function loadUndici(): Promise<Modules['undici']> {
  try {
    const [client, pool] = await Promise.all([
      // @ts-expect-error -- undici has types for its entry alone
      import('undici/lib/dispatcher/client.js') as Promise<{ default: typeof Client }>,
      // @ts-expect-error -- the same
      import('undici/lib/dispatcher/pool.js') as Promise<{ default: typeof Pool }>,
    ])
    if (typeof client.default === 'function' && typeof pool.default === 'function') {
      return { Client: client.default, Pool: pool.default }
    }
  } catch {
    // The entry below says what is wrong if undici is not there at all.
  }
  return import('undici')
}
