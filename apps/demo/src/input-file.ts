import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Refusal, systemCode } from './refusal.ts'

export interface InputFile {
  readonly path: string
  readonly bytes: Uint8Array
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'you may not read it',
  EPERM: 'you may not read it',
  ENAMETOOLONG: 'the name is too long',
  ERR_FS_FILE_TOO_LARGE: 'it has more than 2 GiB, and the demo holds the file in memory',
}

/** Reads the file to sign; whatever is wrong with it is one sentence and exit code 2. */
export async function readInputFile(given: string): Promise<InputFile> {
  const path = resolve(given)
  const bytes = await read(path).catch((error: unknown) => {
    if (error instanceof Refusal) throw error
    const code = systemCode(error)
    throw refuse(path, REASONS[code] ?? `it cannot be read (${code})`)
  })
  if (bytes.length === 0) throw refuse(path, 'it is empty, and not every cloud signs an empty message')
  return { path, bytes }
}

async function read(path: string): Promise<Uint8Array> {
  const found = await stat(path)
  if (found.isDirectory()) throw refuse(path, 'it is a directory')
  if (!found.isFile()) throw refuse(path, 'it is not a regular file')
  return readFile(path)
}

function refuse(path: string, reason: string): Refusal {
  return new Refusal(`Cannot sign ${path}: ${reason}.`, 2)
}
