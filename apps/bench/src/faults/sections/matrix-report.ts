import type { CaseOutcome } from '../child/calls.ts'
import { operationOf } from '../server/backend.ts'
import type { Received } from '../server/raw-server.ts'
import { fixedNeedles, seenNeedles, shownIn } from './secrets.ts'
import { type Comparison, type Figure, none } from './section.ts'

/** One outcome with the verdict on it. */
export interface Judged {
  readonly client: string
  readonly fault: string
  readonly settled: CaseOutcome['settled']
  readonly ms: number
  readonly wrongResult: boolean
  readonly foreign: boolean
  /** What an error shows of the request. */
  readonly shows: readonly string[]
  readonly summary: string
  readonly typed: boolean
  readonly jsonBytes: number
  readonly jsonFails: boolean
  readonly inspectBytes: number
  readonly signRequests: number
  readonly requests: number
  readonly strays: readonly string[]
}

interface Evidence {
  readonly requests: readonly Received[]
  /** Signatures of the service, and of the stranger. */
  readonly given: ReadonlySet<string>
  readonly foreign: ReadonlySet<string>
  readonly strays: readonly string[]
}

const MAX_JSON_BYTES = 2_048

/** The whole call of ours by default, and 50 ms more. */
const LONGEST_MS = 20_050

export function judgeOutcome(client: string, outcome: CaseOutcome, evidence: Evidence): Judged {
  const { error, settled, valid, signature = '', ms, name } = outcome
  const needles = [...fixedNeedles(), ...seenNeedles(evidence.requests, [...evidence.given, ...evidence.foreign])]
  return {
    client,
    fault: name,
    settled,
    ms: Math.round(ms),
    wrongResult: settled === 'resolved' && !valid,
    foreign: evidence.foreign.has(signature),
    shows: error === undefined ? [] : shownIn(error.whole, needles),
    summary: error?.summary ?? '',
    typed: error === undefined || error.isKmsError,
    jsonBytes: error?.jsonBytes ?? 0,
    jsonFails: error?.jsonFails ?? false,
    inspectBytes: error?.inspectBytes ?? 0,
    signRequests: evidence.requests.filter((request) => operationOf(request) === 'sign').length,
    requests: evidence.requests.length,
    strays: evidence.strays,
  }
}

export function matrixFigures(ours: readonly Judged[]): readonly Figure[] {
  const count = (test: (one: Judged) => boolean): number => ours.filter(test).length
  return [
    none(
      'resolves without a valid signature',
      count(({ wrongResult }) => wrongResult),
    ),
    none(
      'accepts the signature of a stranger',
      count(({ foreign }) => foreign),
    ),
    none(
      'errors that show a byte of the request',
      count(({ shows }) => shows.length > 0),
    ),
    none(
      'errors that are no KmsError',
      count(({ typed }) => !typed),
    ),
    none(
      'errors that JSON.stringify cannot write',
      count(({ jsonFails }) => jsonFails),
    ),
    {
      name: 'largest error as JSON',
      value: Math.max(0, ...ours.map((one) => one.jsonBytes)),
      bound: { atMost: MAX_JSON_BYTES },
      unit: 'bytes',
    },
    {
      name: 'longest call',
      value: Math.max(0, ...ours.map((one) => one.ms)),
      bound: { atMost: LONGEST_MS },
      unit: 'ms',
    },
    none(
      'calls that never settle',
      count(({ settled }) => settled === 'pending'),
    ),
    none('rejections and exceptions that nobody caught', new Set(ours.flatMap(({ strays }) => strays)).size),
  ]
}

export function matrixDefects(ours: readonly Judged[]): readonly string[] {
  return ours.flatMap((one) => {
    const where = `${one.client}, ${one.fault}:`
    return [
      ...(one.wrongResult ? [`${where} resolves without a valid signature`] : []),
      ...(one.foreign ? [`${where} accepts the signature of a stranger`] : []),
      ...(one.shows.length > 0 ? [`${where} ${one.summary} shows ${one.shows.join(', ')}`] : []),
      ...(one.typed ? [] : [`${where} untyped ${one.summary}`]),
      ...(one.jsonFails || one.jsonBytes > MAX_JSON_BYTES ? [`${where} ${one.jsonBytes} bytes as JSON`] : []),
      ...(one.settled === 'pending' || one.ms > LONGEST_MS ? [`${where} ${one.settled} after ${one.ms} ms`] : []),
    ]
  })
}

/** Scores by client, and what became of each fault. */
export function matrixComparison(
  clients: readonly string[],
  judged: readonly Judged[],
  faults: readonly string[],
): readonly Comparison[] {
  const of = (client: string): readonly Judged[] => judged.filter((one) => one.client === client)
  const score = (name: string, read: (all: readonly Judged[]) => string): readonly string[] => [
    name,
    ...clients.map((client) => read(of(client))),
  ]
  const times = (test: (one: Judged) => boolean) => (all: readonly Judged[]) => String(all.filter(test).length)
  const errors = (all: readonly Judged[]): number => all.filter(({ settled }) => settled === 'rejected').length
  return [
    {
      title: `Scores over ${faults.length} faults`,
      head: ['', ...clients],
      rows: [
        score(
          'resolves without a valid signature',
          times(({ wrongResult }) => wrongResult),
        ),
        score(
          "accepts a stranger's signature",
          times(({ foreign }) => foreign),
        ),
        score(
          'errors that show request bytes',
          (all) => `${times(({ shows }) => shows.length > 0)(all)} of ${errors(all)}`,
        ),
        score(
          'JSON.stringify fails',
          times(({ jsonFails }) => jsonFails),
        ),
        score('largest error as JSON, bytes', (all) => String(Math.max(0, ...all.map(({ jsonBytes }) => jsonBytes)))),
        score('largest error inspected, bytes', (all) => String(Math.max(0, ...all.map((one) => one.inspectBytes)))),
        score(
          'pending at the end',
          times(({ settled }) => settled === 'pending'),
        ),
        score('uncaught', (all) => String(new Set(all.flatMap(({ strays }) => strays)).size)),
      ],
    },
    {
      title: 'Outcome, milliseconds, requests to sign',
      head: ['fault', ...clients],
      rows: faults.map((fault) => [
        fault,
        ...clients.map((client) => shortly(of(client).find((one) => one.fault === fault))),
      ]),
    },
  ]
}

function shortly(one: Judged | undefined): string {
  if (one === undefined) return '-'
  const result = one.wrongResult
    ? one.foreign
      ? 'FOREIGN'
      : 'WRONG'
    : one.settled === 'resolved'
      ? 'signed'
      : codeOf(one)
  const leak = one.shows.length > 0 ? ' LEAK' : ''
  return `${result}${leak} ${one.ms} ${one.signRequests}`
}

function codeOf({ settled, summary }: Judged): string {
  if (settled === 'pending') return 'PENDING'
  const [, name = 'Error', code = ''] = /^(\S+) (\S*):/.exec(summary) ?? []
  return (code.startsWith('KMS_') ? code.slice(4) : 'throws').toLowerCase() || name
}
