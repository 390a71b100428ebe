import { getEventListeners } from 'node:events'
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { ReadableStream } from 'node:stream/web'
import { describe, expect, test } from 'vitest'
import { readAll as bufferAll, readChunks } from './byte-source.ts'
import type { ByteSource } from './contract.ts'

const A = Uint8Array.of(1, 2)
const B = Uint8Array.of(3)

async function readAll(source: ByteSource, signal?: AbortSignal): Promise<number[]> {
  const bytes: number[] = []
  for await (const chunk of readChunks(source, signal)) bytes.push(...chunk)
  return bytes
}

/** Gives two chunks and then hangs; says when it was closed, and how often. */
function hanging(kind: 'generator' | 'iterator' | 'node' | 'web') {
  const closed: unknown[] = []
  const never = new Promise<never>(() => undefined)
  if (kind === 'web') {
    const chunks = [A, B]
    const pull = (controller: { enqueue(chunk: Uint8Array): void }) => {
      const next = chunks.shift()
      if (next === undefined) return never
      controller.enqueue(next)
      return undefined
    }
    return { source: new ReadableStream<Uint8Array>({ pull, cancel: (reason) => void closed.push(reason) }), closed }
  }
  if (kind === 'node') {
    const source = new PassThrough()
    source.write(A)
    source.write(B)
    source.on('close', () => closed.push('close'))
    return { source, closed }
  }
  const iterator = (): AsyncIterator<Uint8Array> => {
    const chunks = [A, B]
    return {
      next: async () => ({ done: false, value: chunks.shift() ?? (await never) }),
      return: async () => {
        closed.push('return')
        return { done: true, value: undefined }
      },
    }
  }
  async function* generator() {
    try {
      yield A
      yield B
      await new Promise((resolve) => setTimeout(resolve, 40))
    } finally {
      closed.push('finally')
    }
  }
  const source: AsyncIterable<Uint8Array> = kind === 'generator' ? generator() : { [Symbol.asyncIterator]: iterator }
  return { source, closed }
}

const KINDS = ['generator', 'iterator', 'node', 'web'] as const

describe('every kind of source', () => {
  test('is read to its end', async () => {
    const web = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(A)
        controller.enqueue(B)
        controller.close()
      },
    })
    async function* generator() {
      yield A
      yield Buffer.from(B)
    }
    for (const source of [
      [A, B],
      new Set([A, B]),
      generator(),
      Readable.from([A, B]),
      web,
      new Blob([A, B]).stream(),
    ]) {
      expect(await readAll(source as ByteSource)).toEqual([1, 2, 3])
    }
    expect(web.locked).toBe(false)
    expect(await readAll([])).toEqual([])
    expect(await readAll([new Uint8Array(0), A])).toEqual([1, 2])
  })

  test('a file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kmsign-source-'))
    writeFileSync(join(folder, 'file'), Buffer.alloc(200_000, 7))
    const stream = createReadStream(join(folder, 'file'))
    expect((await readAll(stream)).length).toBe(200_000)
    expect(stream.destroyed).toBe(true)
    rmSync(folder, { recursive: true })
  })

  test.each(KINDS)('%s: an abort while a read hangs rejects with the reason itself and closes it', async (kind) => {
    const { source, closed } = hanging(kind)
    const controller = new AbortController()
    const reason = { why: 'the caller said so' }
    const seen: number[] = []
    const reading = (async () => {
      for await (const chunk of readChunks(source as ByteSource, controller.signal)) {
        seen.push(...chunk)
        if (seen.length === 3) setTimeout(() => controller.abort(reason), 5)
      }
    })()
    await expect(reading).rejects.toBe(reason)
    // The generator goes on by itself after 40 ms; all others would hang for ever.
    if (kind === 'generator') expect(closed).toHaveLength(0)
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect(closed).toHaveLength(1)
    if (kind === 'web') expect(closed).toEqual([reason])
  })

  test.each(KINDS)('%s: an abort before the first read closes it', async (kind) => {
    const { source, closed } = hanging(kind)
    const reason = new Error('too late')
    await expect(readAll(source as ByteSource, AbortSignal.abort(reason))).rejects.toBe(reason)
    await new Promise((resolve) => setTimeout(resolve, 10))
    // A generator that was not started has nothing to close.
    expect(closed).toHaveLength(kind === 'generator' ? 0 : 1)
  })

  test.each(KINDS)('%s: leaving early closes it', async (kind) => {
    const { source, closed } = hanging(kind)
    for await (const _ of readChunks(source as ByteSource)) break
    await new Promise((resolve) => setTimeout(resolve, 10))
    expect(closed).toHaveLength(1)
  })

  test.each(KINDS)("%s: the reader's own error passes, and closes it", async (kind) => {
    const { source, closed } = hanging(kind)
    const mistake = new Error('full')
    const reading = (async () => {
      for await (const _ of readChunks(source as ByteSource)) throw mistake
    })()
    await expect(reading).rejects.toBe(mistake)
    await new Promise((resolve) => setTimeout(resolve, 10))
    expect(closed).toHaveLength(1)
  })
})

describe('errors', () => {
  test("the source's own error passes unchanged", async () => {
    const mistake = new Error('disk')
    async function* generator() {
      yield A
      throw mistake
    }
    const web = new ReadableStream<Uint8Array>({ start: (controller) => controller.error(mistake) })
    const node = new Readable({ read: () => undefined })
    setTimeout(() => node.destroy(mistake), 5)
    for (const source of [generator(), web, node]) await expect(readAll(source as ByteSource)).rejects.toBe(mistake)
  })

  test('a source that fails in closing hides nothing', async () => {
    const source = {
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ done: false, value: 'text' }),
        return: async () => Promise.reject(new Error('closing')),
      }),
    }
    await expect(readAll(source as unknown as ByteSource)).rejects.toThrow(TypeError)
  })

  test('chunks that are not bytes are refused by name, and the source is closed', async () => {
    const stream = Readable.from(['text', 'more'])
    await expect(readAll(stream as unknown as ByteSource)).rejects.toThrow(/chunk.*Buffer\.from/)
    expect(stream.destroyed).toBe(true)
    const numbers = [[5], [null], [[1]], [new ArrayBuffer(4)], [new Uint16Array(2)]] as unknown as ByteSource[]
    for (const source of numbers) await expect(readAll(source)).rejects.toThrow(TypeError)
  })

  test('what is no source is a mistake in the program', async () => {
    const values = [
      'text',
      A,
      Buffer.from('x'),
      new ArrayBuffer(2),
      null,
      undefined,
      5,
      {},
      new DataView(new ArrayBuffer(1)),
    ]
    for (const value of values) await expect(readAll(value as unknown as ByteSource)).rejects.toThrow(/source must be/)
  })

  test.each([
    [A, 'a Uint8Array. Use the method for messages instead.'],
    ['text', 'a string.'],
    [5, 'a number.'],
    [new DataView(new ArrayBuffer(1)), 'a DataView.'],
  ])('and the mistake is told: %o', async (value, got) => {
    const message = `source must be a stream or an iterable of Uint8Array, got ${got}`
    await expect(readAll(value as unknown as ByteSource)).rejects.toThrow(new TypeError(message))
  })
})

describe('a source that is left', () => {
  /** Chunks without end, as anybody may write them; `reads` counts those that were asked for. */
  const endless = (more: object) => {
    const source = {
      reads: 0,
      [Symbol.asyncIterator]: () => ({
        next: async () => {
          source.reads += 1
          return { done: false, value: A }
        },
        ...more,
      }),
    }
    return source
  }

  test('need not be one that can be closed', async () => {
    const source = endless({})
    for await (const _ of readChunks(source)) break
    expect(source.reads).toBe(1)
  })

  test('has closed before its reader goes on', async () => {
    let closed = false
    const slow = async () => {
      await new Promise((resolve) => setTimeout(resolve, 10))
      closed = true
      return { done: true, value: undefined }
    }
    for await (const _ of readChunks(endless({ return: slow }))) break
    expect(closed).toBe(true)
  })

  test('is not waited for where an abort has ended it, for it may never answer', async () => {
    const controller = new AbortController()
    const never = endless({ return: () => new Promise(() => undefined) })
    const reading = (async () => {
      for await (const _ of readChunks(never, controller.signal)) controller.abort('stop')
    })()
    await expect(reading).rejects.toBe('stop')
  })

  test('is waited for no longer than until the abort', async () => {
    const controller = new AbortController()
    const closing = () => {
      setTimeout(() => controller.abort('stop'), 1)
      return new Promise(() => undefined)
    }
    const reading = (async () => {
      for await (const _ of readChunks(endless({ return: closing }), controller.signal)) break
    })()
    await expect(reading).rejects.toBe('stop')
  })

  test.each(['ended', 'failed'] as const)('is not closed when it had ended by itself, or failed: %s', async (how) => {
    let closed = 0
    const chunks = [A, B]
    const next = async () => {
      const value = chunks.shift()
      return value === undefined ? { done: true as const, value } : { done: false as const, value }
    }
    const close = async () => {
      closed += 1
      return { done: true as const, value: undefined }
    }
    const failing = async () => (chunks.length === 0 ? Promise.reject(new Error('disk')) : next())
    const source = { [Symbol.asyncIterator]: () => ({ next: how === 'ended' ? next : failing, return: close }) }
    await readAll(source).catch((error: unknown) => expect(error).toEqual(new Error('disk')))
    expect(closed).toBe(0)
  })
})

describe('all of a source', () => {
  test.each([
    [3, true],
    [2, false],
  ])('fits into %i bytes: %j', async (most, fits) => {
    const reading = bufferAll(readChunks([A, B]), most, (bytes) => new Error(`${bytes} bytes`))
    if (fits) expect(await reading).toEqual(Uint8Array.of(1, 2, 3))
    else await expect(reading).rejects.toThrow('3 bytes')
  })
})

test('there is one listener while a source is read, and none is left behind, however it ends', async () => {
  const controller = new AbortController()
  const { signal } = controller
  const listeners = () => getEventListeners(signal, 'abort').length
  expect(await readAll([A, B], signal)).toEqual([1, 2, 3])
  expect(listeners()).toBe(0)
  for await (const _ of readChunks([A, B], signal)) {
    expect(listeners()).toBe(1)
    break
  }
  expect(listeners()).toBe(0)
  await expect(readAll(['x'] as unknown as ByteSource, signal)).rejects.toThrow()
  expect(listeners()).toBe(0)
  controller.abort()
  await expect(readAll([A], signal)).rejects.toBe(signal.reason)
  expect(listeners()).toBe(0)
})

test('an abort between chunks of a plain iterable is noticed', async () => {
  const controller = new AbortController()
  const seen: number[] = []
  const reading = (async () => {
    for await (const chunk of readChunks([A, B], controller.signal)) {
      seen.push(...chunk)
      controller.abort('stop')
    }
  })()
  await expect(reading).rejects.toBe('stop')
  expect(seen).toEqual([1, 2])
})
