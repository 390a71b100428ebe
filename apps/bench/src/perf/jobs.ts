import { countBytes } from './bytes.ts'
import type { Sign, Target } from './clients/client.ts'
import { type ClientName, createClient } from './clients/create.ts'
import { type MicroSuite, runMicro } from './micro.ts'
import { type Profile, type ProfileInput, profileCalls } from './profile/take.ts'
import { startServer } from './server.ts'
import { runSlice, type Slice, warmUp } from './slices.ts'

/** What children can do, with what each job takes and gives. */
export interface Jobs {
  readonly serve: { readonly input: undefined; readonly output: Target }
  readonly open: {
    readonly input: { readonly client: ClientName; readonly target: Target; readonly calls: number }
    readonly output: null
  }
  readonly slice: { readonly input: { readonly concurrency: number; readonly ms: number }; readonly output: Slice }
  readonly bytes: { readonly input: { readonly calls: number }; readonly output: readonly number[] }
  readonly profile: { readonly input: ProfileInput; readonly output: Profile }
  readonly micro: {
    readonly input: { readonly suite: MicroSuite; readonly rounds: number }
    readonly output: Readonly<Record<string, readonly number[]>>
  }
}

let sign: Sign | undefined

const DO: { readonly [N in keyof Jobs]: (input: Jobs[N]['input']) => Promise<Jobs[N]['output']> } = {
  serve: startServer,
  async open({ client, target, calls }) {
    sign = await createClient(client, target)
    await warmUp(sign, calls)
    return null
  },
  slice: ({ concurrency, ms }) => runSlice(opened(), concurrency, ms),
  bytes: ({ calls }) => countBytes(opened(), calls),
  profile: (input) => profileCalls(opened(), input),
  micro: ({ suite, rounds }) => runMicro(suite, rounds),
}

/** The child's side: does what it is asked until its parent is gone, which alone hears Ctrl-C. */
export function runChild(): void {
  process.on('SIGINT', () => {})
  process.on('disconnect', () => process.exit(0))
  process.on('message', (message) => void answer(message as { job: keyof Jobs; input: never }))
}

async function answer({ job, input }: { readonly job: keyof Jobs; readonly input: never }): Promise<void> {
  try {
    process.send?.({ output: await DO[job](input) })
  } catch (error) {
    process.send?.({ error: error instanceof Error ? `${error.name}: ${error.message}` : 'failed' })
  }
}

function opened(): Sign {
  if (sign === undefined) throw new Error('no client was opened')
  return sign
}
