// Checks what would be published, from packed tarballs: publint for the manifest and files, attw for the types under
// every module resolution that TypeScript has.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { attempt, cleanUp, inParallel, temporaryFolder } from './lib/processes.mjs'
import { packAll, publishedPackages, requireBuild } from './lib/workspace.mjs'

/** Findings we live with: `{ package, finding, reason }`, the finding as this script prints it. One unused is a finding. */
const ACCEPTED = []

const require = createRequire(import.meta.url)
const attw = join(dirname(require.resolve('@arethetypeswrong/cli/package.json')), 'dist', 'index.js')

requireBuild()
const tarballs = await packAll(temporaryFolder('pack'))
// Two at a time: enough for the machines that run this.
const results = await inParallel(2, publishedPackages(), async ({ name, manifest }) => {
  const tarball = tarballs.get(name)
  const findings = [...(await publintFindings(tarball, manifest)), ...(await attwFindings(tarball))]
  return { name, findings, kilobytes: Math.ceil(readFileSync(tarball).length / 1024) }
})
cleanUp()
report(results)

async function publintFindings(tarball, manifest) {
  const bytes = readFileSync(tarball)
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)
  const { messages } = await publint({ pack: { tarball: buffer }, strict: true, level: 'suggestion' })
  return messages.map((message) => `publint: ${message.code}: ${formatMessage(message, manifest, { color: false })}`)
}

async function attwFindings(tarball) {
  const { output } = await attempt(process.execPath, [attw, tarball, '--format', 'json'])
  const { analysis, error } = JSON.parse(output)
  if (error || !analysis.types) return [`attw: ${error ?? 'no types found'}`]
  return analysis.problems.map((problem) => {
    const where = [problem.entrypoint, problem.resolutionKind, problem.typesFileName].filter(Boolean).join(', ')
    return `attw: ${problem.kind}${where ? ` (${where})` : ''}`
  })
}

function report(results) {
  const isAccepted = (name, finding) => ACCEPTED.some((entry) => entry.package === name && entry.finding === finding)
  const open = results.flatMap(({ name, findings }) => findings.filter((finding) => !isAccepted(name, finding)))
  const unused = ACCEPTED.filter(
    (entry) => !results.some(({ name, findings }) => name === entry.package && findings.includes(entry.finding)),
  )
  const width = Math.max(...results.map(({ name }) => name.length))
  for (const { name, findings, kilobytes } of results) {
    const wrong = findings.filter((finding) => !isAccepted(name, finding))
    const state = wrong.length === 0 ? 'ok' : `${wrong.length} findings`
    console.log(`${name.padEnd(width)}  ${String(kilobytes).padStart(5)} kB  ${state}`)
    for (const finding of wrong) console.log(`  ${finding}`)
  }
  for (const { package: name, finding, reason } of ACCEPTED) console.log(`accepted: ${name}: ${finding}: ${reason}`)
  for (const { package: name, finding } of unused) console.log(`accepted but gone, remove it: ${name}: ${finding}`)
  console.log(`${results.length} packages, ${open.length + unused.length} findings`)
  if (open.length + unused.length > 0) process.exitCode = 1
}
