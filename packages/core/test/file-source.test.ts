import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ByteSource, digestStream, fileSource, type SigningAlgorithm } from '../src/index.ts'
import { createTestSigner } from '../src/testing.ts'

const MIB = 1024 * 1024
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kmsign-file-source-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function fileOf(bytes: Uint8Array): Promise<string> {
  const path = join(folder, randomBytes(8).toString('hex'))
  await writeFile(path, bytes)
  return path
}

async function digestOf(source: ByteSource, algorithm: SigningAlgorithm = 'ECDSA_SHA_256'): Promise<Uint8Array> {
  const [digest = new Uint8Array()] = await digestStream(source, [{ algorithm }])
  return digest
}

/** Open files of ours, from the kernel where it tells. */
async function openFiles(): Promise<number | undefined> {
  return readdir('/proc/self/fd').then(
    (names) => names.length,
    () => undefined,
  )
}

describe('a file as a source', () => {
  it.each([0, 1, MIB - 1, MIB, MIB + 1, 3 * MIB + 17])('gives a file of %i bytes its digest', async (size) => {
    const bytes = randomBytes(size)
    const digest = await digestOf(fileSource(await fileOf(bytes)), 'RSA_PSS_SHA_256')
    expect(Buffer.from(digest).equals(createHash('sha256').update(bytes).digest())).toBe(true)
  })

  it('takes a file: URL, and can be read again', async () => {
    const source = fileSource(pathToFileURL(await fileOf(Buffer.from('twice'))))
    const first = await digestOf(source)
    expect(await digestOf(source)).toEqual(first)
  })

  it('is signed', async () => {
    const bytes = randomBytes(2 * MIB + 5)
    const signer = createTestSigner({ algorithm: 'ECDSA_SHA_256' })
    const source = fileSource(await fileOf(bytes))
    const result = await signer.signStream(source)
    expect(await signer.verifyStream(source, result)).toBe(true)
    expect(await signer.verify(bytes, result)).toBe(true)
  })

  it('passes on the error of Node', async () => {
    const missing = fileSource(join(folder, 'missing'))
    await expect(digestOf(missing)).rejects.toMatchObject({ code: 'ENOENT', syscall: 'open' })
    await expect(digestOf(fileSource(folder))).rejects.toMatchObject({ code: 'EISDIR' })
  })

  it.each([7, null, Buffer.from('path')])('refuses %s', (path) => {
    expect(() => fileSource(path as never)).toThrow(TypeError)
  })

  it('closes the file when its reader stops, fails or is aborted', async () => {
    const path = await fileOf(randomBytes(5 * MIB))
    const before = await openFiles()
    for await (const chunk of fileSource(path) as AsyncIterable<Uint8Array>) {
      expect(chunk.length).toBe(MIB)
      break
    }
    const signer = createTestSigner({ algorithm: 'ECDSA_SHA_256' })
    const controller = new AbortController()
    const stopped = signer.signStream(fileSource(path), {
      signal: controller.signal,
      onProgress: () => controller.abort('enough'),
    })
    await expect(stopped).rejects.toBe('enough')
    await expect.poll(openFiles).toBe(before)
  })
})
