import { isGood } from './signing.ts'
import type { SigningRow } from './signing-report.ts'
import type { TroubleRow } from './trouble.ts'

/** The last line: what was counted, and whether anything is not as it must be. */
export function toSummary(
  rows: readonly SigningRow[],
  trouble: readonly TroubleRow[],
  opensslVersion: string | undefined,
): { readonly text: string; readonly failed: boolean } {
  const signed = rows.flatMap(({ outcome }) => (outcome.kind === 'signed' ? [outcome] : []))
  const tooLarge = rows.filter(({ outcome }) => outcome.kind === 'too large').length
  const accepted = signed.filter(({ openssl }) => openssl === 'ok').length
  const failures =
    rows.filter(({ outcome }) => !isGood(outcome)).length +
    trouble.filter(({ problem }) => problem !== undefined).length
  const parts = [
    signed.length === 1 ? '1 signature' : `${signed.length} signatures`,
    ...(opensslVersion === undefined ? [] : [`${accepted} accepted by ${opensslVersion}`]),
    ...(tooLarge === 0 ? [] : [`${tooLarge} not signed (file too large)`]),
    ...(trouble.length === 0 ? [] : [`${trouble.length} error cases`]),
    `${failures} failed`,
  ]
  return { text: parts.join(', '), failed: failures > 0 }
}
