import { Socket } from 'node:net'

// No test of ours may speak to another machine: a connection anywhere but loopback fails the test that opened it.
type Connect = (this: Socket, ...args: unknown[]) => Socket
const connect = Socket.prototype.connect as unknown as Connect
const LOOPBACK = /^(localhost|127(\.\d+){3}|::1|\[::1\]|.*\.localhost)$/

function hostOf(args: readonly unknown[]): string {
  const first = (Array.isArray(args[0]) ? args[0][0] : args[0]) as { host?: string; path?: string } | string | number
  if (typeof first === 'object' && first !== null)
    return first.path === undefined ? (first.host ?? 'localhost') : 'localhost'
  return typeof first === 'number' && typeof args[1] === 'string' ? args[1] : 'localhost'
}

Socket.prototype.connect = function (this: Socket, ...args: unknown[]) {
  const host = hostOf(args)
  if (!LOOPBACK.test(host)) throw new Error(`A test tried to reach ${host}; tests speak to loopback only`)
  return connect.apply(this, args)
} as typeof Socket.prototype.connect
