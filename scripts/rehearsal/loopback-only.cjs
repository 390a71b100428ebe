// Loaded into every process that publishes or installs in the rehearsal (NODE_OPTIONS): whatever a manifest, an npmrc or
// the environment says, a connection to another machine is refused before a byte of it is sent.
const dgram = require('node:dgram')
const { Socket } = require('node:net')

const connect = Socket.prototype.connect
const LOOPBACK = /^(localhost|127(\.\d+){3}|::1|\[::1\])$/

function hostOf(args) {
  const first = Array.isArray(args[0]) ? args[0][0] : args[0]
  if (typeof first === 'object' && first !== null) return first.path ? 'localhost' : (first.host ?? 'localhost')
  if (typeof first === 'string' && !/^\d+$/.test(first)) return 'localhost'
  return typeof args[1] === 'string' ? args[1] : 'localhost'
}

Socket.prototype.connect = function (...args) {
  const host = hostOf(args)
  if (LOOPBACK.test(host)) return connect.apply(this, args)
  const error = new Error(`The rehearsal refuses a connection to ${host}; it speaks to 127.0.0.1 only`)
  error.code = 'EREHEARSAL'
  process.nextTick(() => this.destroy(error))
  return this
}
dgram.createSocket = () => {
  throw new Error('The rehearsal speaks no UDP')
}
