import type { SigningRow } from './signing-report.ts'

const HEAD = `# These commands check every signature with openssl alone. They are written for the root of the repository: paste them
# there, or run this file with sh. Each says "Verified OK" or "Signature Verified Successfully".
`

/** The text of CHECK.txt, which is a shell script too. */
export function toCommandsFile(rows: readonly SigningRow[]): string {
  const parts = rows.flatMap(({ cloud, keySpec, algorithm, outcome }) => {
    if (outcome.kind !== 'signed') return []
    const needs = outcome.openssl === 'too old' ? ', needs OpenSSL 3.5' : ''
    return [`\n# ${cloud.title}, ${algorithm}, ${keySpec}${needs}\n${outcome.command}\n`]
  })
  return HEAD + parts.join('')
}
