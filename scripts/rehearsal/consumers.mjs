// Empty folders outside the workspace, one for each adapter and package manager, in which the adapter stands alone.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { attempt, CommandFailed, inParallel, run, start } from '../lib/processes.mjs'
import { emulatorProgram, writePrograms } from './programs.mjs'

export const MANAGERS = ['npm', 'pnpm']
export const KINDS = ['ESM', 'CJS', 'Jest']

const addTo = (manager, folder, spec, env) =>
  run(manager, [manager === 'npm' ? 'install' : 'add', ...spec], { cwd: folder, env, timeoutMs: 300_000 })

export function makeProject(folder, manifest = {}) {
  mkdirSync(folder, { recursive: true })
  const file = { name: 'consumer', version: '1.0.0', private: true, ...manifest }
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(file, undefined, 2)}\n`)
  return folder
}

/** Installs the emulator alone too, and starts it; gives the options with which each adapter signs against it. */
export async function startTarget({ home, environment }) {
  const folder = makeProject(join(home, 'emulator'), { type: 'module' })
  await addTo('npm', folder, ['@kmsign/emulator'], environment)
  writeFileSync(join(folder, 'emulator.js'), emulatorProgram)
  const child = start(process.execPath, ['emulator.js'], { cwd: folder, env: environment })
  const errors = []
  child.stderr.on('data', (part) => errors.push(part))
  const line = await new Promise((resolve, reject) => {
    const fail = (what) => reject(new CommandFailed(`The emulator ${what}:\n${Buffer.concat(errors)}`))
    createInterface(child.stdout).once('line', resolve)
    child.once('close', () => fail('ended'))
    setTimeout(() => fail('said nothing for a minute'), 60_000).unref()
  })
  return Object.fromEntries(
    Object.entries(JSON.parse(line)).map(([adapter, options]) => {
      const file = join(home, `target-${adapter}.json`)
      writeFileSync(file, JSON.stringify(options), { mode: 0o600 })
      return [adapter, file]
    }),
  )
}

/**
 * One folder after the other: two package managers at once would only wait for the registry. An adapter for which the
 * emulator made no key has no `target`: it is installed and loaded, and can sign nothing.
 */
export async function installConsumers({ home, environment, adapters, managers, targets }) {
  const consumers = []
  for (const adapter of adapters) {
    for (const manager of managers) {
      const folder = makeProject(join(home, 'consumers', `${adapter}-${manager}`))
      await addTo(manager, folder, [`@kmsign/${adapter}`], environment)
      await writePrograms(folder, adapter, environment)
      assertAlone(folder, adapter)
      consumers.push({ adapter, manager, folder, target: targets[adapter], id: `${adapter} ${manager}` })
    }
  }
  return consumers
}

function assertAlone(folder, adapter) {
  const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const names = Object.keys(dependencies)
  const beside = names.filter((name) => name !== `@kmsign/${adapter}` && name !== '@aws-sdk/client-kms')
  if (beside.length > 0) throw new Error(`${folder} has more than the adapter: ${beside.join(', ')}`)
}

/** `[{ consumer, kind, node, ok, output }]` of the programs under every Node given. */
export async function runPrograms({ consumers, environment, nodes, tools }) {
  const results = []
  for (const node of nodes.filter(({ path }) => path !== undefined)) {
    const programs = consumers.flatMap((consumer) => [
      { consumer, kind: 'ESM', args: ['sign.mjs'] },
      { consumer, kind: 'CJS', args: ['sign.cjs'] },
    ])
    results.push(
      ...(await inParallel(2, programs, async ({ consumer, kind, args }) => ({
        ...(await runProgram({ consumer, environment, node, args })),
        consumer,
        kind,
        node,
      }))),
    )
    if (!node.jest) continue
    results.push(
      ...(await inParallel(2, consumers, async (consumer) => ({
        ...(await runJest({ consumer, environment, node, tools })),
        consumer,
        kind: 'Jest',
        node,
      }))),
    )
  }
  return results
}

/** It must sign, say so, and end by itself. */
export async function runProgram({ consumer, environment, node, args }) {
  const env = { ...environment, REHEARSAL_TARGET: consumer.target }
  const { status, output, stdout } = await attempt(node.path, [...(node.before ?? []), ...args], {
    cwd: consumer.folder,
    env,
    timeoutMs: 60_000,
  })
  return { ok: status === 0 && stdout.trim() === 'signed', output: `${args.join(' ')} ended with ${status}\n${output}` }
}

async function runJest({ consumer, environment, node, tools }) {
  const env = { ...environment, REHEARSAL_TARGET: consumer.target }
  const jest = join(tools, 'node_modules/jest/bin/jest.js')
  // Defaults but for what concerns the machine: watchman, the cache, and one process.
  const args = [jest, '--ci', '--watchman=false', '--runInBand', `--cacheDirectory=${join(env.TMPDIR, 'jest')}`]
  const { status, output } = await attempt(node.path, [...(node.before ?? []), ...args], {
    cwd: consumer.folder,
    env,
    timeoutMs: 120_000,
  })
  return { ok: status === 0 && /Tests: +1 passed, 1 total/.test(output), output }
}
