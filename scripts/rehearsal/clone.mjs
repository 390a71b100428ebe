// A clean copy of what is committed: cloned, without a remote, installed from the lockfile and built.
import { cpSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../lib/processes.mjs'
import { isShallow, root } from '../lib/workspace.mjs'

export async function cloneRepository(home) {
  const clone = join(home, 'repository')
  // changesets would look for the missing commits for ever, since nothing can be fetched here.
  if (isShallow()) throw new Error('This checkout lacks its history. Run: git fetch --unshallow')
  await run('git', ['clone', '--quiet', '--no-hardlinks', root, clone])
  // Nothing can be pushed from here.
  await run('git', ['-C', clone, 'remote', 'remove', 'origin'])
  const commit = (await run('git', ['-C', clone, 'log', '-1', '--format=%h %s'])).trim()
  const changed = (await run('git', ['-C', root, 'status', '--porcelain'])).split('\n').filter(Boolean).length
  return { clone, commit, changed }
}

/** Installs and builds in the clone. The registry that is read here is the machine's own; nothing is published yet. */
export async function buildClone(clone) {
  // Spares a download; pnpm.mjs has checked its hash.
  if (existsSync(join(root, '.tools'))) cpSync(join(root, '.tools'), join(clone, '.tools'), { recursive: true })
  const env = { ...process.env, CI: 'true', NO_COLOR: '1' }
  const pnpm = (...args) =>
    run(process.execPath, ['scripts/pnpm.mjs', ...args], { cwd: clone, env, timeoutMs: 600_000 })
  await pnpm('install', '--frozen-lockfile', '--prefer-offline')
  await pnpm('exec', 'turbo', 'run', 'build', '--filter=./packages/*', '--output-logs=errors-only')
}
