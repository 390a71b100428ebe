import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** moto, an AWS double that shares no line with us: <https://github.com/getmoto/moto>. */
export interface MotoServer {
  readonly url: string
  close(): Promise<void>
}

export function hasMoto(): boolean {
  try {
    execFileSync('moto_server', ['--help'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

export async function startMoto(): Promise<MotoServer> {
  const port = await freePort()
  const child = spawn('moto_server', ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' })
  const url = `http://127.0.0.1:${port}`
  try {
    await untilAnswers(url, child)
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  }
  return { url, close: () => stop(child) }
}

async function untilAnswers(url: string, child: ChildProcess): Promise<void> {
  for (let round = 0; round < 300; round += 1) {
    if (child.exitCode !== null) throw new Error(`moto_server ended with ${child.exitCode}`)
    const answered = await fetch(`${url}/moto-api/`).then(
      () => true,
      () => false,
    )
    if (answered) return
    await sleep(100)
  }
  throw new Error('moto_server does not answer')
}

async function stop(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  const stubborn = setTimeout(() => child.kill('SIGKILL'), 3000)
  await gone
  clearTimeout(stubborn)
}

/** A port that was free a moment ago. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })
}
