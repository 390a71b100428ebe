import type { SigningOutcome } from './signing.ts'
import { isGood } from './signing.ts'
import { type Column, type Row, renderTable } from './table.ts'
import type { Terminal } from './terminal.ts'

/** One row of the table, with the declaration it was made from. */
export interface SigningRow {
  readonly cloud: { readonly id: string; readonly title: string; readonly remark: string }
  readonly keySpec: string
  readonly algorithm: string
  readonly outcome: SigningOutcome
}

const COLUMNS: readonly Column[] = [
  { head: 'Key spec' },
  { head: 'Algorithm' },
  { head: 'Bytes', align: 'right', dropFirst: 1 },
  { head: 'Salt', align: 'right', dropFirst: 2 },
  { head: 'Verified' },
  { head: 'Remote' },
  { head: 'Local' },
  { head: 'Offline' },
  { head: 'openssl' },
]

/** The signatures, grouped by cloud, and below them what the words mean. */
export function renderSigning(rows: readonly SigningRow[], terminal: Terminal): string {
  const lines = rows.flatMap((row, index): Row[] => {
    const { cloud } = row
    const title = cloud === rows[index - 1]?.cloud ? [] : [{ title: `${cloud.title}: ${cloud.remark}` }]
    return [...title, toRow(row, terminal)]
  })
  return `${renderTable(COLUMNS, lines, terminal)}\n${notesOf(rows, terminal)}`
}

function toRow({ keySpec, algorithm, outcome }: SigningRow, { colors }: Terminal): Row {
  const cells = { 'Key spec': keySpec, Algorithm: algorithm }
  if (outcome.kind === 'too large') {
    const limit = outcome.limit === undefined ? '' : `: takes ${outcome.limit} bytes`
    return { cells, rest: colors.yellow(`${outcome.code}${limit}`) }
  }
  if (outcome.kind === 'failed') return { cells, rest: colors.red(`FAILED, ${outcome.code}`) }
  const { result, remote, local, offline } = outcome.signed
  return {
    cells: {
      ...cells,
      Bytes: String(result.signature.length),
      Salt: String(result.pssSaltLength ?? ''),
      Verified: word(result.verified ? 'ok' : isGood(outcome) ? 'no Node' : 'failed', colors),
      Remote: word(remote, colors),
      Local: word(local, colors),
      Offline: word(offline, colors),
      openssl: word(outcome.openssl, colors),
    },
  }
}

/** What a verdict is called in the table: it has to fit, so the notes below say the rest. */
function word(verdict: string, colors: Terminal['colors']): string {
  if (verdict === 'ok') return colors.green('ok')
  if (verdict === 'failed') return colors.red('FAILED')
  return colors.yellow(verdict === 'unsupported' || verdict === 'no Node' ? 'n/a' : verdict)
}

const LEGEND = [
  'Verified: before sign() returned. Remote: by the provider. Local: by the signer.',
  'Offline: with the .pem alone; the file with one bit changed must be refused.',
]

function notesOf(rows: readonly SigningRow[], { colors }: Terminal): string {
  const outcomes = rows.map(({ outcome }) => outcome)
  const signed = outcomes.flatMap((outcome) => (outcome.kind === 'signed' ? [outcome] : []))
  const notes = signed.length === 0 ? [] : [...LEGEND]
  if (signed.some(({ signed: { local } }) => local === 'unsupported')) {
    notes.push(`n/a: Node ${process.versions.node} cannot verify ML-DSA; Node 24.6 and later can.`)
  }
  if (signed.some(({ openssl }) => openssl === 'too old')) notes.push('too old: OpenSSL can check ML-DSA from 3.5 on.')
  if (outcomes.some(({ kind }) => kind === 'too large')) {
    notes.push('KMS_MESSAGE_TOO_LARGE: the file is over the limit, and that key signs no digests.')
  }
  const failures = outcomes.flatMap((outcome) => (outcome.kind === 'failed' ? [colors.red(outcome.message)] : []))
  return [...notes.map((note) => colors.dim(note)), ...failures].join('\n')
}
