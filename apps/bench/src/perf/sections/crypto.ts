import type { Bench } from '../bench.ts'
import type { MicroSuite } from '../micro.ts'
import { atLeast, atMost, type Row } from '../row.ts'
import { ratio } from './section.ts'

/** Pure computation: request signing, and verification on this machine. */
export async function crypto(bench: Bench): Promise<Row[]> {
  const [signers, verify, sm2] = [await run(bench, 'signers'), await run(bench, 'verify'), await run(bench, 'sm2')]
  return [
    {
      what: 'Volcengine request signer ÷ its primitives',
      ...signers('ours', 'primitives'),
      goal: atMost(1.5),
      stretch: atMost(1.2),
    },
    {
      what: "openapi's request signer ÷ ours",
      ...signers('openapi', 'ours'),
      goal: atLeast(30),
      stretch: atLeast(40),
    },
    {
      what: 'Verify ÷ bare crypto.verify, P-256',
      ...verify('ourP256', 'bareP256'),
      goal: atMost(1.1),
      stretch: atMost(1.05),
    },
    {
      what: 'Verify ÷ bare crypto.verify, RSA-2048',
      ...verify('ourRsa', 'bareRsa'),
      goal: atMost(1.15),
      stretch: atMost(1.05),
    },
    { what: 'sm-crypto-v2 ÷ our SM2 verify', ...sm2('library', 'ours'), goal: atLeast(10), stretch: atLeast(13) },
  ]
}

async function run(bench: Bench, suite: MicroSuite) {
  bench.progress(`comparing ${suite}`)
  const found = await bench.children.start('client').ask('micro', { suite, rounds: bench.effort.rounds })
  return (above: string, below: string) => ratio((name) => found[name] ?? [], above, below, 'ns')
}
