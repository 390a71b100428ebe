import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../random.ts'
import { type Backend, operationOf, wireOf } from './backend.ts'
import { dripInto } from './bodies.ts'
import { HTML, HTML_PAGE, httpAnswer } from './http-text.ts'
import type { Exchange } from './raw-server.ts'
import { refusalBody } from './refusals.ts'

type RandomFault = (exchange: Exchange, backend: Backend, random: Random) => void | Promise<void>

const right: RandomFault = ({ socket, request }, backend) => void socket.write(httpAnswer(200, backend.answer(request)))

/** One bit of the signature; a public key has none to spoil and stays right. */
const flipped: RandomFault = ({ socket, request }, backend) => {
  const spoil = (signature: string): string => {
    const bytes = Buffer.from(signature, 'base64')
    const at = bytes.length - 2
    bytes[at] = (bytes[at] ?? 0) ^ 1
    return bytes.toString('base64')
  }
  socket.write(httpAnswer(200, backend.answer(request, spoil)))
}

/** What can go wrong with one request out of many. */
const FAULTS: readonly [RandomFault, ...RandomFault[]] = [
  ({ socket }) => void socket.resetAndDestroy(),
  ({ socket }) => void socket.end(),
  () => {},
  async (exchange, backend, random) => {
    await sleep(random.below(300))
    return right(exchange, backend, random)
  },
  async ({ socket, request }, backend) => dripInto(socket, httpAnswer(200, backend.answer(request)), 20),
  async ({ socket, request }, backend, random) => {
    const whole = httpAnswer(200, backend.answer(request))
    socket.write(whole.subarray(0, random.below(whole.length)))
    await sleep(5)
    if (random.chance(0.5)) socket.end()
    else socket.resetAndDestroy()
  },
  ({ socket, request }) => void socket.write(httpAnswer(500, refusalBody(wireOf(request), 'internal'))),
  ({ socket, request }) =>
    void socket.write(httpAnswer(429, refusalBody(wireOf(request), 'throttled'), { 'Retry-After': '1' })),
  ({ socket, request }) => void socket.write(httpAnswer(503, refusalBody(wireOf(request), 'unavailable'))),
  ({ socket }) => void socket.write(httpAnswer(502, HTML_PAGE, HTML)),
  ({ socket }) => void socket.write(httpAnswer(200, '{"code":"SUCC')),
  flipped,
  (exchange, backend, random) => {
    void right(exchange, backend, random)
    // An idle connection that goes without a word.
    setTimeout(() => exchange.socket.end(), random.below(5))
  },
]

/** Right for most requests; the rest meet a fault drawn by `random`. */
export function answerAtRandom(
  exchange: Exchange,
  backend: Backend,
  random: Random,
  share: number,
): void | Promise<void> {
  return random.chance(share) ? random.pick(FAULTS)(exchange, backend, random) : right(exchange, backend, random)
}

/** Right for public keys, at random for the rest: where a run is about what happens to signatures. */
export function signaturesAtRandom(
  exchange: Exchange,
  backend: Backend,
  random: Random,
  share: number,
): void | Promise<void> {
  if (operationOf(exchange.request) === 'sign') return answerAtRandom(exchange, backend, random, share)
  return right(exchange, backend, random)
}
