import type { CaseOutcome } from '../child/calls.ts'
import { CLIENT_NAMES, type ClientName, isOurs, MARKED_MESSAGE, OUR_CLIENTS, rawTarget } from '../clients/client.ts'
import { type Backend, createBackend, operationOf } from '../server/backend.ts'
import { httpAnswer } from '../server/http-text.ts'
import { type RawServer, startRawServer } from '../server/raw-server.ts'
import { SCENARIOS, type Scenario } from '../server/scenarios.ts'
import { type Judged, judgeOutcome, matrixComparison, matrixDefects, matrixFigures } from './matrix-report.ts'
import { mapLimited, type Section, type SectionContext } from './section.ts'

const PENDING_AFTER_MS = 26_000
const CHILD_LIMIT_MS = 90_000
const CHILDREN_AT_ONCE = 8

/** The faults of the baseline against every client: what each makes of them. */
export const faultMatrix: Section = {
  about: 'every client against faults of the service and of the way to it',
  async run(context) {
    const [backend, strange] = [createBackend(), createBackend()]
    const signing = await startRawServer(
      ({ socket, request }) => void socket.write(httpAnswer(200, backend.answer(request))),
    )
    const stranger = await startRawServer(
      ({ socket, request }) => void socket.write(httpAnswer(200, strange.answer(request))),
      { host: '127.0.0.2' },
    )
    const names = context.options.peers ? CLIENT_NAMES : OUR_CLIENTS
    try {
      const judged = await mapLimited(names, CHILDREN_AT_ONCE, (client) =>
        measureClient(context, client, { backend, strange, stranger, signing }),
      )
      return {
        figures: matrixFigures(judged.flat().filter(({ client }) => isOurs(client as ClientName))),
        comparisons: matrixComparison(names, judged.flat(), Object.keys(SCENARIOS)),
        defects: matrixDefects(judged.flat().filter(({ client }) => isOurs(client as ClientName))),
        details: judged.flat(),
      }
    } finally {
      await Promise.all([stranger.close(), signing.close()])
    }
  },
}

interface Stage {
  readonly backend: Backend
  readonly strange: Backend
  readonly stranger: RawServer
  readonly signing: RawServer
}

async function measureClient(context: SectionContext, client: ClientName, stage: Stage): Promise<readonly Judged[]> {
  context.progress(`${client} under ${Object.keys(SCENARIOS).length} faults`)
  const opened = await Promise.all(
    Object.entries(SCENARIOS).map(async ([name, scenario]) => ({
      name,
      scenario,
      server: await serve(scenario, stage),
    })),
  )
  // What takes longest begins first.
  const entries = opened.sort((left, right) => Number(right.scenario.slow ?? 0) - Number(left.scenario.slow ?? 0))
  try {
    const { outcomes, strays } = await context.children.run(
      'calls',
      {
        client,
        message: MARKED_MESSAGE,
        good: rawTarget(stage.signing.url),
        limitMs: PENDING_AFTER_MS,
        cases: entries.map(({ name, scenario, server }) => ({
          name,
          target: rawTarget(server.url),
          before: scenario.warm === true ? 1 : 0,
          spki: stage.backend.spki,
        })),
      },
      CHILD_LIMIT_MS,
    )
    const requestsOf = (outcome: CaseOutcome) =>
      entries.find(({ name }) => name === outcome.name)?.server.requests ?? []
    const { given } = stage.backend
    const foreign = stage.strange.given
    return outcomes.map((outcome) =>
      judgeOutcome(client, outcome, { requests: requestsOf(outcome), given, foreign, strays }),
    )
  } finally {
    await Promise.all(entries.map(({ server }) => server.close()))
  }
}

async function serve(scenario: Scenario, { backend, stranger }: Stage): Promise<RawServer> {
  const server: RawServer = await startRawServer((exchange) =>
    scenario.answer(exchange, {
      backend,
      stranger: stranger.url,
      signsSoFar: () => server.requests.filter((request) => operationOf(request) === 'sign').length,
    }),
  )
  return server
}
