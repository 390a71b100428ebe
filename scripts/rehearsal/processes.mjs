// Everything the rehearsal starts and writes, so that nothing of it stays: each process leads a group that is ended by its
// own id, and each temporary folder is removed, whatever way the rehearsal ends.
import { spawn } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const started = new Set()
const folders = new Set()
const grouped = process.platform !== 'win32'

/** A command that failed; the message is its output. */
export class CommandFailed extends Error {}

export function temporaryFolder(name) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), `kmsign-${name}-`)))
  folders.add(folder)
  return folder
}

/** Starts a process that is ended with the rehearsal at the latest. */
export function start(command, args, options = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: grouped, ...options })
  started.add(child)
  child.on('error', () => started.delete(child))
  child.on('close', () => started.delete(child))
  return child
}

/** Runs a command to its end; `{ status, output, stdout }`, also when it failed or was ended after `timeoutMs`. */
export function attempt(command, args, { timeoutMs = 300_000, ...options } = {}) {
  return new Promise((resolve) => {
    const child = start(command, args, options)
    const [all, out] = [[], []]
    const timer = setTimeout(() => {
      all.push(Buffer.from(`\nstill running after ${timeoutMs / 1000} s, ended\n`))
      end(child, 'SIGKILL')
    }, timeoutMs)
    child.stdout.on('data', (part) => all.push(part) && out.push(part))
    child.stderr.on('data', (part) => all.push(part))
    const settle = (status) => {
      clearTimeout(timer)
      resolve({ status, output: Buffer.concat(all).toString('utf8'), stdout: Buffer.concat(out).toString('utf8') })
    }
    child.on('error', (error) => {
      all.push(Buffer.from(error.message))
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
  for (const child of started) end(child, 'SIGKILL')
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

export function cleanUpAtTheEnd() {
  process.on('exit', cleanUp)
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ]) {
    process.on(signal, () => {
      console.error(`\n${signal}: ending what was started and removing what was written`)
      process.exit(code)
    })
  }
}

function end(child, signal) {
  if (child.pid === undefined) return
  try {
    if (grouped) process.kill(-child.pid, signal)
    else child.kill(signal)
  } catch (error) {
    if (error.code !== 'ESRCH') throw error
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
