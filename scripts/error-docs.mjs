// Writes docs/errors.md from the error table of the built core; with --check it fails when the file says something else.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root, stop } from './lib/workspace.mjs'

const RETRY = { never: 'never', once: 'once', backoff: 'with backoff' }

const unknown = process.argv.slice(2).filter((argument) => argument !== '--check')
if (unknown.length > 0) stop(`Unknown argument ${unknown[0]}; the only one is --check`)

const built = join(root, 'packages', 'core', 'dist', 'index.js')
if (!existsSync(built)) stop('Not built: packages/core/dist/index.js\nRun: npm run build')
const { KMS_ERRORS } = await import(pathToFileURL(built).href)

const file = join(root, 'docs', 'errors.md')
const text = page(Object.entries(KMS_ERRORS))
if (!process.argv.includes('--check')) {
  writeFileSync(file, text)
  console.log(`${Object.keys(KMS_ERRORS).length} error codes written`)
} else if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
  stop('docs/errors.md is not what the error table says\nRun: node scripts/error-docs.mjs')
} else {
  console.log(`${Object.keys(KMS_ERRORS).length} error codes`)
}

function page(rows) {
  return `# Errors

<!-- Written by scripts/error-docs.mjs from KMS_ERRORS; change the table in packages/core/src/error-table.ts. -->

Whatever can go wrong in production is a \`KmsError\` with one of these codes. A wrong argument is a \`TypeError\`, and a call
that you abort rejects with your own \`signal.reason\`. A signature that does not match is \`false\` and no error.

\`\`\`ts
import { isKmsError } from '@kmsign/core'

try {
  await signer.sign(message)
} catch (error) {
  if (isKmsError(error, 'KMS_THROTTLED', 'KMS_UNAVAILABLE')) return later(error.retryAfterMs)
  throw error
}
\`\`\`

Recognise errors with \`isKmsError\` and never with \`instanceof\`: two copies of the package make two classes. New codes may
come with a minor version, so keep a default branch. The same table is there at run time as \`KMS_ERRORS\`.

**Repeated** says what the signer has done by itself before you see the error: *once*, after it corrected what the code
names or in the hope of a better answer; *with backoff*, as far as \`maxAttempts\`, the call's timeout and the retry budget
of the scope allow. **Fault** says who can fix it. \`error.retryable\` is the rule that was really applied, and differs from
the table where a case is known to be hopeless: static credentials that were refused, a certificate that is not trusted, a
redirect.

| Code | Repeated | Fault | Meaning | What to do |
|---|---|---|---|---|
${rows.map(row).join('\n')}
`
}

function row([code, { retry, fault, meaning, remedy }]) {
  return `| <a id="${code.toLowerCase()}"></a>\`${code}\` | ${RETRY[retry]} | ${fault} | ${cell(meaning)} | ${cell(remedy)} |`
}

function cell(words) {
  return words.replaceAll('|', '\\|')
}
