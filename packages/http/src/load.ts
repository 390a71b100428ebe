import type * as Http from 'node:http'
import type * as Net from 'node:net'
import type * as Tls from 'node:tls'
import type * as Undici from 'undici'

/** What a connection is made with. */
export interface ConnectModules {
  readonly net: typeof Net
  readonly tls: typeof Tls
  readonly http: typeof Http
}

export interface Modules extends ConnectModules {
  readonly undici: Pick<typeof Undici, 'Client' | 'Pool'>
}

/** Loads undici and the modules it needs anyway: some 100 ms, paid with the first request and not by importing us. */
export async function loadModules(): Promise<Modules> {
  const [undici, net, tls, http] = await Promise.all([
    import('undici'),
    import('node:net'),
    import('node:tls'),
    import('node:http'),
  ])
  return { undici, net, tls, http }
}
