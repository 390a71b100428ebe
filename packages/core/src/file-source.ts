import type { FileHandle } from 'node:fs/promises'
import { describeType } from './bytes.ts'
import type { ByteSource } from './contract.ts'

/** Where reading ahead pays: hashing a block takes about as long as handing its read to the thread pool and back. */
const BLOCK_BYTES = 1024 * 1024

/**
 * The bytes of a file as a source for `signStream`, `verifyStream` and `digestStream`. The next block is read while the
 * last one is hashed, in two buffers of 1 MiB whatever the size of the file. Nothing is opened before the first read;
 * every iteration opens the file anew and closes it however it ends. The errors are those of Node, such as `ENOENT`.
 *
 * A chunk is valid until the next one is asked for: copy what is to be kept.
 *
 * @throws TypeError for something else than a path or a `file:` URL.
 * @example
 * const { signature } = await signer.signStream(fileSource('release.tar.gz'))
 */
export function fileSource(path: string | URL): ByteSource {
  if (typeof path !== 'string' && !(path instanceof URL)) {
    throw new TypeError(`path must be a string or a file: URL, got ${describeType(path)}.`)
  }
  return { [Symbol.asyncIterator]: () => readBlocks(path) }
}

async function* readBlocks(path: string | URL): AsyncGenerator<Uint8Array, void, undefined> {
  // Few sources are files: loaded with the first one that is.
  const { open } = await import('node:fs/promises')
  const file = await open(path, 'r')
  let reading: Promise<Uint8Array> | undefined
  try {
    let [block, next] = [new Uint8Array(BLOCK_BYTES), new Uint8Array(BLOCK_BYTES)]
    reading = readBlock(file, block)
    for (;;) {
      const bytes = await reading
      if (bytes.length === 0) return
      reading = readBlock(file, next)
      // Who stops reading here does not wait for it, and must not hear of its failure as an unhandled one.
      reading.catch(() => undefined)
      yield bytes
      ;[block, next] = [next, block]
    }
  } finally {
    await reading?.catch(() => undefined)
    await file.close()
  }
}

async function readBlock(file: FileHandle, block: Uint8Array): Promise<Uint8Array> {
  const { bytesRead } = await file.read(block, 0, block.length, null)
  return block.subarray(0, bytesRead)
}
