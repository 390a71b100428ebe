import { connect } from 'node:net'
import type { EmulatorPlace } from '../child/emulator.ts'
import { createTally, inParallel } from '../child/workers.ts'
import type { Kept } from '../children.ts'
import { OUR_CLIENTS, type OurClient } from '../clients/client.ts'
import { createRandom, mixSeeds, type Random } from '../random.ts'
import type { Wire } from '../server/backend.ts'
import { authenticate, type EmulatorOperation, plainRequest, type SignedRequest } from '../server/emulator-request.ts'
import { replaceValue, scramble } from '../server/mutations.ts'
import { none, type Section } from './section.ts'

const CONCURRENCY = 16
const CHILD_LIMIT_MS = 20_000
const SILENCE_MS = 3_000
const KEPT_DEFECTS = 20
const WIRES: Readonly<Record<OurClient, Wire>> = {
  'kmsign ncp': 'ncp',
  'kmsign volcengine': 'volcengine',
  'kmsign aws': 'aws',
}

/** Spoilt requests for the emulator: it must answer each, and live. */
export const fuzzRequests: Section = {
  about: 'spoilt requests for the readers of the emulator',
  async run({ options, children, progress }) {
    progress(`${options.fuzz} spoilt requests for the emulator`)
    const emulator = await children.keep('emulator', undefined, CHILD_LIMIT_MS)
    const [answers, defects] = [createTally(), [] as string[]]
    let defectCount = 0
    try {
      await inParallel(options.fuzz, CONCURRENCY, async (index) => {
        if (emulator.ended !== undefined) return
        const made = spoiltRequest(emulator.output, options.seed, index)
        const answer = await exchange(emulator.output.url, made.bytes)
        answers.add(answer)
        const wrong = fault(answer, made.whole)
        if (wrong === undefined) return
        defectCount += 1
        if (defects.length < KEPT_DEFECTS)
          defects.push(`seed ${options.seed}, request ${index}: ${wrong}\n${made.bytes.toString('latin1', 0, 1_500)}`)
      })
      const alive = await stillServes(emulator)
      return {
        figures: [
          none(`requests of ${options.fuzz} without an answer, or with an inner error`, defectCount),
          { name: 'emulator that still serves', value: alive ? 1 : 0, bound: { atLeast: 1 } },
        ],
        comparisons: [
          {
            title: `Answers of the emulator to ${options.fuzz} spoilt requests, seed ${options.seed}`,
            head: ['answer', 'times'],
            rows: Object.entries(answers.toRecord()).map(([name, count]) => [name, String(count)]),
          },
        ],
        defects: emulator.ended === undefined ? defects : [...defects, `the emulator ${emulator.ended}`],
        details: answers.toRecord(),
      }
    } finally {
      emulator.end()
    }
  },
}

interface Made {
  readonly bytes: Buffer
  /** The request is whole HTTP, so that there is no excuse for saying nothing. */
  readonly whole: boolean
}

/** Most are authenticated after they were spoilt, so that they get past the door. */
function spoiltRequest({ targets }: EmulatorPlace, seed: number, index: number): Made {
  const random = createRandom(mixSeeds(seed, index))
  const client = random.pick<OurClient>(['kmsign ncp', 'kmsign volcengine', 'kmsign aws'])
  const [target, wire] = [targets[client], WIRES[client]]
  const operation = random.pick<EmulatorOperation>(['sign', 'verify', 'getPublicKey'])
  const plain = plainRequest(target, wire, operation)
  const body = random.pick([
    () => replaceValue(random, plain.body),
    () => replaceValue(random, replaceValue(random, plain.body)),
    () =>
      scramble(random, Buffer.from(plain.body))
        .toString('latin1')
        .replace(/[^ -~]/g, '?'),
    () => random.pick(['', 'null', '[]', '"x"', '1', '{', '['.repeat(50_000), `{"a":${'{"a":'.repeat(5_000)}`]),
    () => plain.body,
  ])()
  const path = random.chance(0.2) ? oddTarget(random, plain.target) : plain.target
  const signed = authenticate(target, wire, { ...plain, target: path, body })
  const headers = random.chance(0.2) ? oddHeaders(random, signed) : signed.headers
  const whole = toBytes({ ...signed, headers })
  return random.chance(0.15) ? { bytes: scramble(random, whole), whole: false } : { bytes: whole, whole: true }
}

function oddTarget(random: Random, target: string): string {
  const at = random.below(target.length)
  const odd = random.pick([
    '%',
    '%ff',
    '%00',
    '//',
    '..',
    '?',
    '&',
    '=',
    '%2f',
    ';',
    "'",
    '{}',
    '~',
    'é',
    'x'.repeat(3_000),
  ])
  return `${target.slice(0, at)}${odd}${target.slice(at)}`.replace(/^[^/]*/, '') || '/'
}

function oddHeaders(random: Random, { headers }: SignedRequest): Readonly<Record<string, string>> {
  const names = Object.keys(headers)
  const name = names[random.below(names.length)] ?? 'host'
  const text = headers[name] ?? ''
  const value = random.pick([
    '',
    ',',
    '=',
    text.slice(0, random.below(text.length)),
    `${text}, ${text}`,
    text.toUpperCase(),
    '/////',
    'Credential=,SignedHeaders=,Signature=',
  ])
  return { ...headers, [name]: value }
}

function toBytes({ method, target, headers, body }: SignedRequest): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const length = `content-length: ${Buffer.byteLength(body)}\r\n`
  return Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('')}${length}connection: close\r\n\r\n${body}`)
}

/** The status of the answer; or that there was none. */
function exchange(url: string, bytes: Buffer): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname)
    let text = ''
    const done = (what: string): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(what)
    }
    const timer = setTimeout(() => done('silence'), SILENCE_MS)
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      const status = /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]
      if (status !== undefined) done(status)
    })
    socket.on('error', () => done('connection broken'))
    socket.on('close', () => done('connection closed'))
    // Half closed, so that the end of a broken request is seen.
    socket.end(bytes)
  })
}

/** The emulator was given no faults, so a 500 is an error of its own. */
function fault(answer: string, whole: boolean): string | undefined {
  if (answer === '500') return 'an inner error'
  if (whole && !/^\d/.test(answer)) return answer
  return answer === 'silence' ? answer : undefined
}

async function stillServes({ output, ended }: Kept<EmulatorPlace>): Promise<boolean> {
  if (ended !== undefined) return false
  const answers = await Promise.all(
    OUR_CLIENTS.map((client) => {
      const [target, wire] = [output.targets[client], WIRES[client]]
      return exchange(output.url, toBytes(authenticate(target, wire, plainRequest(target, wire, 'sign'))))
    }),
  )
  return answers.every((answer) => answer === '200')
}
