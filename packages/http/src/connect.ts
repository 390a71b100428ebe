import type * as Http from 'node:http'
import type * as Net from 'node:net'
import type * as Tls from 'node:tls'
import type { TlsSettings } from './options.ts'
import type { ProxyServer } from './proxy.ts'

/** What a connection is made with. */
export interface ConnectModules {
  readonly net: typeof Net
  readonly tls: typeof Tls
  readonly http: typeof Http
}

/** Where connections go and what they show and trust. */
export interface Route {
  readonly secure: boolean
  /** Without brackets. */
  readonly hostname: string
  readonly port: number
  readonly proxy: ProxyServer | undefined
  readonly tls: TlsSettings
}

/** A connection that did not come about. Its `code` is never one that makes undici try again by itself. */
export interface ConnectFailure extends Error {
  readonly code: 'KMSIGN_CONNECT'
  /** The code of Node or OpenSSL, or `PROXY_STATUS_<status>`. */
  readonly systemCode: string | undefined
  /** Who failed, with the port: the server or the proxy. */
  readonly peer: string
}

/** Opens connections along one route. Each call gives a function that gives the connection up. */
export type Connector = (done: (error: ConnectFailure | null, socket: Net.Socket | null) => void) => () => void

type Open = (opening: Opening) => Promise<Net.Socket>

const TCP_KEEPALIVE_MS = 60_000

/** Makes the connector of one pool. TLS sessions are resumed and certificates parsed once. */
export function createConnector(route: Route, modules: ConnectModules): Connector {
  const toServer = startTls(route.hostname, route.tls, modules)
  const { proxy } = route
  const toProxy = proxy?.secure
    ? startTls(proxy.hostname, route.tls.ca ? { ca: route.tls.ca } : {}, modules)
    : undefined
  const server = address(route.hostname, route.port)

  const open: Open = async (opening) => {
    let socket: Net.Socket
    if (proxy === undefined) {
      socket = await opening.wait(openTcp(route.hostname, route.port, modules), 'connect')
    } else {
      opening.peer = `proxy ${address(proxy.hostname, proxy.port)}`
      socket = await opening.wait(openTcp(proxy.hostname, proxy.port, modules), 'connect')
      if (toProxy !== undefined) socket = await opening.wait(toProxy(socket), 'secureConnect')
      await openTunnel(socket, proxy, server, modules)
      opening.peer = server
    }
    return route.secure ? opening.wait(toServer(socket), 'secureConnect') : socket
  }

  return (done) => {
    const opening = createOpening(server)
    const fail = (error: unknown) => {
      opening.giveUp()
      done(connectFailure(error, opening.peer), null)
    }
    // undici would try again by itself, and for nobody, if it were given a dead socket.
    open(opening).then((socket) => (socket.destroyed ? fail({ code: 'ECONNRESET' }) : done(null, socket)), fail)
    return opening.giveUp
  }
}

/** One connection being made: the step it is at, so that it can be named and stopped. */
interface Opening {
  peer: string
  wait(socket: Net.Socket, event: 'connect' | 'secureConnect'): Promise<Net.Socket>
  giveUp(): void
}

function createOpening(peer: string): Opening {
  let current: Net.Socket | undefined
  return {
    peer,
    wait: (socket, event) => {
      current = socket
      // The listeners stay: an error between two steps must find one.
      return new Promise((resolve, reject) => {
        socket.once(event, () => resolve(socket)).on('error', reject)
        socket.once('close', () => reject({ code: 'ECONNRESET' }))
      })
    },
    giveUp: () => void current?.destroy(),
  }
}

function openTcp(host: string, port: number, { net }: ConnectModules): Net.Socket {
  return net.connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: TCP_KEEPALIVE_MS })
}

function startTls(
  host: string,
  settings: TlsSettings,
  { net, tls }: ConnectModules,
): (socket: Net.Socket) => Tls.TLSSocket {
  const { ca, ...own } = settings
  const custom = ca !== undefined || own.cert !== undefined
  const fixed: Tls.ConnectionOptions = {
    host,
    ALPNProtocols: ['http/1.1'],
    // Said here, because NODE_TLS_REJECT_UNAUTHORIZED=0 in an environment would otherwise switch the check off.
    rejectUnauthorized: true,
    ...(net.isIP(host) === 0 && { servername: host }),
    ...(custom && { secureContext: tls.createSecureContext({ ...own, ...(ca && { ca: [...ca] }) }) }),
  }
  let session: Buffer | undefined
  return (socket) => {
    const secured = tls.connect({ ...fixed, socket, ...(session && { session }) })
    return secured.on('session', (fresh: Buffer) => {
      session = fresh
    })
  }
}

async function openTunnel(
  socket: Net.Socket,
  proxy: ProxyServer,
  target: string,
  { http }: ConnectModules,
): Promise<void> {
  const headers = {
    host: target,
    connection: 'keep-alive',
    'proxy-connection': 'keep-alive',
    ...(proxy.authorization !== undefined && { 'proxy-authorization': proxy.authorization }),
  }
  await new Promise<void>((resolve, reject) => {
    const request = http.request({
      method: 'CONNECT',
      path: target,
      headers,
      setHost: false,
      createConnection: () => socket,
    })
    request.on('error', reject).on('connect', ({ statusCode = 0 }, _socket, head) => {
      if (statusCode < 200 || statusCode > 299) return reject({ code: `PROXY_STATUS_${statusCode}` })
      if (head.length > 0) socket.unshift(head)
      resolve()
    })
    request.end()
  })
}

function connectFailure(error: unknown, peer: string): ConnectFailure {
  const { code } = error as { code?: unknown }
  const systemCode = typeof code === 'string' ? code : undefined
  return Object.assign(new Error(`No connection to ${peer}`), { code: 'KMSIGN_CONNECT' as const, systemCode, peer })
}

function address(hostname: string, port: number): string {
  return `${hostname.includes(':') ? `[${hostname}]` : hostname}:${port}`
}
