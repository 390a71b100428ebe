import type { Bench } from '../bench.ts'
import { atMost, type Row } from '../row.ts'
import { countBytesOf } from './bytes.ts'
import { cpuRatio, interleave, openClients } from './section.ts'

const CLIENTS = ['aws', 'awsInjected', 'awsSdk'] as const
const AT_ONCE = 16

/** The adapter beside the SDK that it stands on: over our transport as it comes, and over the SDK's own. */
export async function aws(bench: Bench): Promise<Row[]> {
  const rounds = await interleave(bench, await openClients(bench, CLIENTS), AT_ONCE)
  const over = await countBytesOf(bench, CLIENTS)
  const [cpu, bytes] = [{ goal: atMost(1.05) }, { goal: atMost(1.03) }]
  return [
    {
      what: 'adapter-aws ÷ bare SignCommand, CPU, our transport',
      ...cpuRatio(rounds, 'aws', 'awsSdk'),
      ...cpu,
      stretch: atMost(0.8),
    },
    {
      what: "adapter-aws ÷ bare SignCommand, CPU, the SDK's transport",
      ...cpuRatio(rounds, 'awsInjected', 'awsSdk'),
      ...cpu,
    },
    { what: 'adapter-aws ÷ bare SignCommand, bytes, our transport', ...over('aws', 'awsSdk'), ...bytes },
    { what: "adapter-aws ÷ bare SignCommand, bytes, the SDK's transport", ...over('awsInjected', 'awsSdk'), ...bytes },
  ]
}
