import { isKmsError } from '@kmsign/core'
import type { Cloud, Environment, LiveAccount } from './cloud.ts'
import { CLOUDS } from './clouds.ts'
import { type Bench, type SigningOutcome, signAndCheck } from './signing.ts'
import type { SigningRow } from './signing-report.ts'

export interface LiveReport {
  readonly rows: readonly SigningRow[]
  readonly skipped: readonly { readonly title: string; readonly missing: readonly string[] }[]
}

/** One row for each cloud with an account in the environment; the others are named with what they lack. */
export async function runLive(bench: Bench, environment: Environment): Promise<LiveReport> {
  const accounts = CLOUDS.map((cloud) => ({ cloud, account: cloud.live(environment) }))
  const skipped = accounts.flatMap(({ cloud, account }) =>
    'missing' in account ? [{ title: cloud.title, missing: account.missing }] : [],
  )
  const rows: SigningRow[] = []
  for (const { cloud, account } of accounts) {
    if ('open' in account) rows.push(await toRow(cloud, account, bench))
  }
  return { rows, skipped }
}

async function toRow(
  cloud: Cloud,
  account: Extract<LiveAccount, { readonly open: unknown }>,
  bench: Bench,
): Promise<SigningRow> {
  try {
    const signer = account.open()
    const outcome = await signAndCheck(signer, bench)
    return { cloud, keySpec: keySpecOf(outcome), algorithm: signer.algorithm, outcome }
  } catch (error) {
    if (!isKmsError(error, 'KMS_INVALID_CONFIG')) throw error
    const { code, message } = error
    return { cloud, keySpec: '', algorithm: '', outcome: { kind: 'failed', code, message } }
  }
}

function keySpecOf(outcome: SigningOutcome): string {
  return outcome.kind === 'signed' ? outcome.signed.publicKey.keySpec : ''
}
