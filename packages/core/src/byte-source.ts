import { isUint8Array } from 'node:util/types'
import { assertBytes, type Bytes, describeType } from './bytes.ts'
import type { ByteSource } from './contract.ts'

/** A source that was opened. `close` may be called at any time and does nothing once the source has ended by itself. */
interface OpenSource {
  next(): Promise<{ readonly done?: boolean | undefined; readonly value?: unknown }>
  close(reason: unknown): Promise<unknown>
}

/**
 * Reads a source chunk by chunk, once.
 *
 * An abort ends it at any moment with `signal.reason`, also while a read hangs. However it ends before the source does
 * (abort, error of the reader, `break`), the source is closed; how that goes changes nothing. The source's own error
 * passes unchanged.
 *
 * @throws TypeError for a source or chunk that is not bytes.
 */
export async function* readChunks(
  source: ByteSource,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const open = openSource(source)
  const gate = abortGate(signal)
  try {
    for (;;) {
      const { done, value } = await gate.wait(() => open.next())
      if (done === true) return
      assertBytes(value, 'each chunk of the source')
      yield value
    }
  } finally {
    const closed = open.close(signal?.reason).catch(() => undefined)
    try {
      // A read that hangs makes some sources hang in closing too.
      if (signal?.aborted !== true) await gate.wait(() => closed)
    } finally {
      gate.close()
    }
  }
}

/** Waits for one thing at a time, until the signal aborts. One listener for all waits: a race for each chunk leaks. */
function abortGate(signal: AbortSignal | undefined) {
  let stop: (reason: unknown) => void = () => undefined
  const onAbort = () => stop(signal?.reason)
  signal?.addEventListener('abort', onAbort)
  return {
    wait: <T>(task: () => Promise<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        if (signal?.aborted === true) return reject(signal.reason)
        stop = reject
        task().then(resolve, reject)
      }),
    close: () => signal?.removeEventListener('abort', onAbort),
  }
}

function openSource(source: ByteSource): OpenSource {
  // A web stream first: only its reader can be cancelled while it waits.
  if (hasMethod(source, 'getReader')) return openReader(source as Extract<ByteSource, { getReader: unknown }>)
  if (hasMethod(source, Symbol.asyncIterator)) {
    const iterator = (source as AsyncIterable<unknown>)[Symbol.asyncIterator]()
    return openIterator(iterator, source)
  }
  // Bytes and texts can be iterated too, but not chunk by chunk.
  const isWhole = typeof source === 'string' || ArrayBuffer.isView(source)
  if (!isWhole && hasMethod(source, Symbol.iterator)) {
    return openIterator((source as Iterable<unknown>)[Symbol.iterator](), source)
  }
  const hint = isUint8Array(source) ? ' Use the method for messages instead.' : ''
  throw new TypeError(`source must be a stream or an iterable of Uint8Array, got ${describeType(source)}.${hint}`)
}

function openReader(stream: Extract<ByteSource, { getReader: unknown }>): OpenSource {
  const reader = stream.getReader()
  const release = () => {
    ;(reader as { releaseLock?: () => void }).releaseLock?.()
  }
  return untilEnded(
    () => reader.read(),
    (reason) => reader.cancel(reason),
    release,
  )
}

function openIterator(iterator: AsyncIterator<unknown> | Iterator<unknown>, source: object): OpenSource {
  return untilEnded(
    async () => iterator.next(),
    async () => {
      // The iterator of a Node stream closes it only after the read that hangs, or not at all if none was made.
      if (hasMethod(source, 'destroy')) (source as { destroy?: () => void }).destroy?.()
      await iterator.return?.()
    },
  )
}

function untilEnded(
  read: () => Promise<{ readonly done?: boolean | undefined; readonly value?: unknown }>,
  cancel: (reason: unknown) => Promise<unknown>,
  release: () => void = () => undefined,
): OpenSource {
  let ended = false
  return {
    async next() {
      try {
        const result = await read()
        ended = result.done === true
        return result
      } catch (error) {
        ended = true
        throw error
      }
    },
    async close(reason) {
      if (!ended) await cancel(reason)
      release()
    },
  }
}

function hasMethod(value: unknown, name: string | symbol): boolean {
  const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function'
  return isObject && typeof (value as Record<string | symbol, unknown>)[name] === 'function'
}

/** The most that is buffered to verify what cannot be verified from a digest. */
export const MAX_BUFFERED_BYTES = 64 * 1024 * 1024

/** All chunks in one buffer; ends the source with the error of `tooLarge` at the first byte beyond `maxBytes`. */
export async function readAll(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
  tooLarge: (bytes: number) => Error,
): Promise<Bytes> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of chunks) {
    bytes += chunk.length
    if (bytes > maxBytes) throw tooLarge(bytes)
    // The source may use its buffer again.
    parts.push(new Uint8Array(chunk))
  }
  return new Uint8Array(Buffer.concat(parts, bytes))
}
