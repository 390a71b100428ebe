import { createHash } from 'node:crypto'
import type { Socket } from 'node:net'
import type { Client, Pool } from 'undici'
import type { Connector } from './connect.ts'
import type { HttpDispatchOptions, PlainHandler } from './dispatcher.ts'
import { loadModules, type Modules } from './load.ts'
import type { HttpSettings } from './options.ts'
import { bareHost, portOf } from './proxy.ts'

/** One request as it travels through a pool. */
export interface Call extends HttpDispatchOptions {
  /** Always the host of the origin: undici would take it from the Host header and reconnect whenever that changes. */
  readonly servername: string
  /** The connection it was given. */
  lane: Lane | undefined
  /** Nobody waits for it any more: it is not sent when its turn comes. */
  readonly settled: boolean
}

/** A pool, as a call is put to it. */
export interface PoolDispatcher {
  dispatch(call: Call, handler: PlainHandler): boolean
}

/** One connection of a pool, or the place for one. It carries one request at a time. */
export interface Lane {
  /** Complete answers this connection has carried. */
  answers: number
  /** The connection's first error since it was given its call. A TLS alert comes before the mere end undici reports. */
  failure: unknown
  /** Stops connecting; while connecting. */
  giveUp: (() => void) | undefined
  /** Once connected. */
  socket: Socket | undefined
}

/** A pool that all clients with the same settings send through. */
export interface SharedPool {
  references: number
  /** There once {@link ready} is: only the first request has to wait. */
  dispatcher: PoolDispatcher | undefined
  readonly ready: Promise<PoolDispatcher & { close(): Promise<void> }>
}

/**
 * Far more than the rate limit of any key management service allows to use (256 connections at 50 ms make 5,000 requests
 * a second), and a quarter of the usual limit of 1,024 open files.
 */
const MAX_CONNECTIONS = 256
const MAX_HEADER_BYTES = 16 * 1024
const POOLS = Symbol.for('kmsign.http.pools.v1')

/** Takes a share of the pool for these settings. ESM and CJS copies of this package find the same one. */
export function acquirePool(settings: HttpSettings): SharedPool {
  const pools = sharedPools()
  const key = poolKey(settings)
  const pool = pools.get(key) ?? openPool(settings)
  pools.set(key, pool)
  pool.references += 1
  return pool
}

/** Gives the share back; the last one closes the pool. */
export async function releasePool(settings: HttpSettings, pool: SharedPool): Promise<void> {
  pool.references -= 1
  if (pool.references > 0) return
  sharedPools().delete(poolKey(settings))
  const opened = await pool.ready.catch(() => undefined)
  await opened?.close()
}

function sharedPools(): Map<string, SharedPool> {
  const home = globalThis as { [POOLS]?: Map<string, SharedPool> }
  home[POOLS] ??= new Map()
  return home[POOLS]
}

/** A digest, because private keys and proxy credentials are part of it. */
function poolKey({ url, proxy, tls }: HttpSettings): string {
  const parts = [
    url.origin,
    tls.ca,
    tls.cert,
    tls.key,
    proxy?.secure,
    proxy?.hostname,
    proxy?.port,
    proxy?.authorization,
  ]
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64')
}

function openPool(settings: HttpSettings): SharedPool {
  const pool: SharedPool = {
    references: 0,
    dispatcher: undefined,
    ready: loadModules().then((modules) => {
      const opened = createPool(settings, modules)
      pool.dispatcher = opened
      return opened
    }),
  }
  return pool
}

function createPool({ url, proxy, tls }: HttpSettings, modules: Modules): Pool {
  const route = { secure: url.protocol === 'https:', hostname: bareHost(url), port: portOf(url), proxy, tls }
  const connector = modules.createConnector(route, modules)
  return new modules.undici.Pool(url.origin, {
    connections: MAX_CONNECTIONS,
    allowH2: false,
    pipelining: 1,
    maxHeaderSize: MAX_HEADER_BYTES,
    // Every attempt has one precise timer of its own; these are coarse and start anew with each chunk.
    headersTimeout: 0,
    bodyTimeout: 0,
    factory: (origin, options) =>
      createLane(connector, (connect) => new modules.undici.Client(origin, { ...options, connect })),
  })
}

type Connect = Extract<NonNullable<Client.Options['connect']>, (...args: never[]) => unknown>

/** Wraps one undici client, which is one connection, so that a call knows which connection carries it. */
function createLane(connector: Connector, createClient: (connect: Connect) => Client): Client {
  const lane: Lane = { answers: 0, failure: undefined, giveUp: undefined, socket: undefined }
  const client = createClient((_target, callback) => {
    lane.answers = 0
    lane.failure = undefined
    lane.socket = undefined
    lane.giveUp = connector((error, socket) => {
      lane.giveUp = undefined
      if (socket === null) return error !== null && callback(error, null)
      // Registered before undici's own, so that the error is known when undici decides what it means.
      socket.on('error', (failure) => {
        lane.failure ??= failure
      })
      lane.socket = socket
      callback(null, socket)
    })
  })
  const dispatch = client.dispatch.bind(client)
  client.dispatch = (options, handler) => {
    const call = options as unknown as Call
    // Its caller is gone: undici may go on to the next one in its queue.
    if (call.settled) return true
    call.lane = lane
    lane.failure = undefined
    return dispatch(options, handler)
  }
  return client
}
