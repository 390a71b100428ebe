import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { Refusal, systemCode } from './refusal.ts'

/** The folder that a run fills: signatures, public keys and the commands that check them. */
export interface OutFolder {
  readonly path: string
  /** Writes one file and returns its path. */
  write(name: string, content: Uint8Array | string): Promise<string>
}

export const COMMANDS_FILE = 'CHECK.txt'
const OWN_FILE = /^[a-z]+-[A-Z0-9_]+-[A-Z0-9_]+\.(sig|pem)$/

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'you may not write there',
  EPERM: 'you may not write there',
  ENOENT: 'the system has no folders to give there',
  EROFS: 'the file system is read-only',
  EEXIST: 'it is a file, not a folder',
  ENOTDIR: 'a part of the path is a file',
  ENOSPC: 'the disk is full',
}

/** Makes the folder and removes what an earlier run left there, and nothing else. */
export async function openOutFolder(given: string): Promise<OutFolder> {
  const path = resolve(given)
  const guard = async <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      const code = systemCode(error)
      throw new Refusal(`Cannot write to ${path}: ${REASONS[code] ?? code}. Choose another folder with --out.`, 1)
    })
  await guard(clean(path))
  return {
    path,
    async write(name, content) {
      const target = join(path, name)
      await guard(writeFile(target, content))
      return target
    },
  }
}

async function clean(path: string): Promise<void> {
  await makeFolder(path)
  const names = (await readdir(path)).filter((name) => OWN_FILE.test(name) || name === COMMANDS_FILE)
  await Promise.all(names.map((name) => rm(join(path, name))))
  // A folder that may be read but not written would else be found out only after all keys are made.
  await writeFile(join(path, COMMANDS_FILE), '')
}

/** Parents too. Not `recursive`, which never ends where the system has no folder to give, such as /proc (Node 20). */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path)
  } catch (error) {
    const code = systemCode(error)
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return
    if (code !== 'ENOENT' || dirname(path) === path) throw error
    await makeFolder(dirname(path))
    await mkdir(path)
  }
}
