// Everything that scripts start and write, so that nothing of it stays: each process leads a group that is ended by its
// own id, and each temporary folder is removed, whatever way the script ends.
import { spawn } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What a group gets to end by itself; `graceMs` is for leaders that have others to end and folders to remove. */
const GRACE_MS = 2_000
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP']

const started = new Map()
const folders = new Set()
const grouped = process.platform !== 'win32'
let watching = false
let interrupted = false

/** A command that failed; the message is its output. */
export class CommandFailed extends Error {}

export function temporaryFolder(name) {
  watch()
  const folder = realpathSync(mkdtempSync(join(tmpdir(), `kmsign-${name}-`)))
  folders.add(folder)
  return folder
}

/** Starts a process that is ended with this one at the latest. */
export function start(command, args, { graceMs = GRACE_MS, ...options } = {}) {
  watch()
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: grouped, ...options })
  started.set(child, graceMs)
  child.on('error', () => started.delete(child))
  child.on('close', () => started.delete(child))
  return child
}

/**
 * Runs a command to its end; `{ status, signal, output, stdout }`, also when it failed or was ended after `timeoutMs`.
 * Never settles once a signal has come, so that nothing is begun after it.
 */
export function attempt(command, args, { timeoutMs = 300_000, ...options } = {}) {
  return new Promise((resolve) => {
    const child = start(command, args, options)
    const [all, out] = [[], []]
    const settle = (status, signal = null) => {
      clearTimeout(timer)
      if (interrupted) return
      const [output, stdout] = [all, out].map((parts) => Buffer.concat(parts).toString('utf8'))
      resolve({ status, signal, output, stdout })
    }
    const timer = setTimeout(async () => {
      all.push(Buffer.from(`\nstill running after ${timeoutMs / 1000} s, ended\n`))
      await endAll([[child, options.graceMs ?? GRACE_MS]])
      // A process that left the group may still hold the pipes, and `close` would wait for it.
      settle(null, 'SIGKILL')
    }, timeoutMs)
    child.stdout?.on('data', (part) => all.push(part) && out.push(part))
    child.stderr?.on('data', (part) => all.push(part))
    child.on('error', (error) => {
      all.push(Buffer.from(`Cannot start ${command}: ${error.message}\n`))
      settle(null)
    })
    child.on('close', settle)
  })
}

/** Runs a command that must succeed; gives what it wrote to stdout. */
export async function run(command, args, options) {
  const { status, output, stdout } = await attempt(command, args, options)
  if (status === 0) return stdout
  const shown = [command, ...args].join(' ').slice(0, 200)
  throw new CommandFailed(`${shown}\nended with ${status}:\n${output.slice(-6000)}`)
}

/** Ends what is running and removes what was written. Safe to call again, and from an exit handler. */
export function cleanUp() {
  for (const child of started.keys()) send(child, 'SIGKILL')
  started.clear()
  for (const folder of folders) {
    try {
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
      folders.delete(folder)
    } catch (error) {
      console.error(`Could not remove ${folder}: ${error.message}`)
    }
  }
}

/** Forgets a folder, so that it stays for a look at it. */
export function keepFolders() {
  for (const folder of folders) console.log(`Kept: ${folder}`)
  folders.clear()
}

/** From the first process or folder on: a terminal tells the groups of others nothing, so this process has to. */
function watch() {
  if (watching) return
  watching = true
  process.on('exit', cleanUp)
  for (const signal of SIGNALS) process.on(signal, endBy)
}

/** A second signal waits for nothing. */
async function endBy(signal) {
  if (!interrupted) {
    interrupted = true
    if (started.size + folders.size > 0)
      console.error(`\n${signal}: ending what was started, removing what was written`)
    await endAll([...started])
  }
  cleanUp()
  for (const name of SIGNALS) process.off(name, endBy)
  // Whoever waits for this process learns what ended it.
  process.kill(process.pid, signal)
}

/** Asks the groups to end, and after a moment does not ask any more. A leader may be gone before its group, or after. */
async function endAll(groups) {
  const began = performance.now()
  let left = groups.filter(([child]) => send(child, 'SIGTERM'))
  while (left.length > 0) {
    await new Promise((resolve) => setTimeout(resolve, 50))
    const late = ([{ exitCode, signalCode }, graceMs]) =>
      performance.now() - began > (exitCode === null && signalCode === null ? graceMs : GRACE_MS)
    for (const [child] of left.filter(late)) send(child, 'SIGKILL')
    left = left.filter((group) => !late(group) && send(group[0], 0))
  }
}

/** Whether there was somebody to send it to. */
function send(child, signal) {
  if (child.pid === undefined) return false
  try {
    return grouped ? process.kill(-child.pid, signal) : child.kill(signal)
  } catch (error) {
    // Nobody is left in the group, or on macOS nobody but the dead.
    if (error.code === 'ESRCH' || error.code === 'EPERM') return false
    throw error
  }
}

/** Works through the items, `width` at a time; results in the order of the items. */
export async function inParallel(width, items, work) {
  const results = []
  let next = 0
  const worker = async () => {
    while (next < items.length) {
      const index = next++
      results[index] = await work(items[index])
    }
  }
  await Promise.all(Array.from({ length: width }, worker))
  return results
}
