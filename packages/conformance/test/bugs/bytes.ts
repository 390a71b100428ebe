import { isUint8Array } from 'node:util/types'
import { ecdsaSignatureToP1363, type SignResult } from '@kmsign/core'
import { createKmsError } from '@kmsign/core/driver'
import { element, integer, readDer } from '../../src/ecdsa-signature.ts'
import { MODEST, type SeededBug } from './bug.ts'

const tick = () => new Promise((resolve) => setTimeout(resolve, 2))
const withSignature = (result: SignResult, signature: Uint8Array): SignResult =>
  Object.freeze({ ...result, signature: signature as SignResult['signature'] })
const pool = new Uint8Array(4_096)

/** Bugs in what comes in and what goes out. */
export const BYTE_BUGS: readonly SeededBug[] = [
  {
    bug: 'keeps a reference to the bytes of the caller',
    group: 'inputs',
    caughtBy: 'signs the bytes as they were',
    signer: (signer) => ({
      async sign(message, options) {
        await tick()
        return signer.sign(message, options)
      },
    }),
  },
  {
    bug: 'keeps a reference to the signature to be verified',
    group: 'inputs',
    caughtBy: 'verifies the bytes as they were',
    signer: (signer) => ({
      async verify(message, signature, options) {
        const copy = new Uint8Array(message)
        await tick()
        return signer.verify(copy, signature, options)
      },
    }),
  },
  {
    bug: 'wipes the message after use',
    group: 'inputs',
    caughtBy: 'leaves the bytes of the caller',
    signer: (signer) => ({
      async sign(message, options) {
        const result = await signer.sign(message, options)
        message.fill(0)
        return result
      },
    }),
  },
  {
    bug: 'returns a Buffer',
    group: 'inputs',
    caughtBy: 'returns plain bytes',
    signer: (signer) => ({
      sign: async (message, options) => {
        const result = await signer.sign(message, options)
        return withSignature(result, Buffer.from(result.signature))
      },
    }),
  },
  {
    bug: 'returns a view into a shared buffer',
    group: 'inputs',
    caughtBy: 'returns plain bytes',
    signer: (signer) => ({
      sign: async (message, options) => {
        const result = await signer.sign(message, options)
        pool.set(result.signature)
        return withSignature(result, pool.subarray(0, result.signature.length))
      },
    }),
  },
  {
    bug: 'throws before it returns a promise',
    group: 'inputs',
    caughtBy: 'refuses what is not bytes',
    signer: (signer) => ({
      sign(message, options) {
        if (!isUint8Array(message)) throw new TypeError('message must be bytes; Buffer.from makes them of a text')
        return signer.sign(message, options)
      },
    }),
  },
  {
    bug: 'takes a text for its UTF-8 bytes',
    group: 'inputs',
    caughtBy: 'refuses what is not bytes',
    signer: (signer) => ({
      sign: (message, options) =>
        signer.sign(typeof message === 'string' ? Buffer.from(message as string) : message, options),
    }),
  },
  {
    bug: 'signs the whole buffer behind a view',
    group: 'inputs',
    caughtBy: 'signs a view at an offset',
    signer: (signer) => ({ sign: (message, options) => signer.sign(new Uint8Array(message.buffer), options) }),
  },
  {
    bug: 'keeps chunks that the source writes over',
    group: 'inputs',
    caughtBy: 'one that reuses its buffer',
    signer: (signer) => ({
      async signStream(source, options) {
        const chunks: Uint8Array[] = []
        for await (const chunk of source as AsyncIterable<Uint8Array>) chunks.push(chunk)
        return signer.sign(Buffer.concat(chunks), options)
      },
    }),
  },
  {
    bug: 'takes options of the wrong type',
    group: 'inputs',
    caughtBy: 'refuses wrong options',
    signer: (signer) => ({ sign: (message) => signer.sign(message) }),
  },
  {
    bug: 'writes raw numbers where DER was asked for',
    group: 'encodings',
    caughtBy: 'DER is strict',
    signer: (signer) => ({
      sign: async (message, options) => {
        const result = await signer.sign(message, options)
        if (result.encoding !== 'der') return result
        return withSignature(result, ecdsaSignatureToP1363(result.signature, 'EC_P256'))
      },
    }),
  },
  {
    bug: 'pads the integers of DER',
    group: 'encodings',
    caughtBy: 'DER is strict',
    signer: (signer) => ({
      sign: async (message, options) => {
        const result = await signer.sign(message, options)
        const pair = result.encoding === 'der' ? readDer(result.signature) : undefined
        if (pair === undefined) return result
        const r = element(0x02, Buffer.concat([Buffer.of(0, 0), integer(pair.r).subarray(2)]))
        return withSignature(result, element(0x30, Buffer.concat([r, integer(pair.s)])))
      },
    }),
  },
  {
    bug: 'drops leading zeros of r and s',
    group: 'encodings',
    caughtBy: 'leading zeros',
    signer: (signer) => ({
      sign: async (message, options) => {
        const result = await signer.sign(message, options)
        if (result.encoding !== 'p1363') return result
        const short = (half: Uint8Array) => half.subarray(half.findIndex((byte) => byte !== 0))
        const { signature } = result
        return withSignature(result, Buffer.concat([short(signature.slice(0, 32)), short(signature.slice(32))]))
      },
    }),
  },
  {
    bug: 'overlooks what stands behind a signature',
    group: 'encodings',
    caughtBy: 'EC_P256: a malformed DER signature',
    signer: (signer) => ({
      verify: async (message, signature, options) => {
        const cut = isUint8Array(signature) ? signature.subarray(0, 2 + (signature[1] ?? 0)) : signature
        return signer.verify(message, cut, options)
      },
    }),
  },
  {
    bug: 'throws for a malformed signature',
    group: 'encodings',
    caughtBy: 'EC_P256: a malformed DER signature',
    signer: (signer) => ({
      verify: async (message, signature, options) => {
        if (isUint8Array(signature) && readDer(signature) === undefined) {
          throw createKmsError('KMS_INVALID_ARGUMENT', { operation: 'verify' })
        }
        return signer.verify(message, signature, options)
      },
    }),
  },
  {
    bug: 'guesses the encoding of a signature',
    group: 'encodings',
    caughtBy: 'p1363 has a fixed width',
    signer: (signer) => ({
      async verify(message, signature, options) {
        for (const encoding of ['der', 'p1363'] as const) {
          if (await signer.verify(message, signature, { ...options, encoding })) return true
        }
        return false
      },
    }),
  },
  {
    bug: 'cuts digests to length',
    group: 'sizes',
    caughtBy: 'a digest of another length',
    signer: (signer) => ({
      signDigest: (digest, options) => signer.signDigest(Buffer.concat([digest, Buffer.alloc(32)], 32), options),
    }),
  },
  {
    bug: 'cuts messages to the limit',
    group: 'sizes',
    caughtBy: 'refuses 1001 bytes',
    variation: MODEST,
    signer: (signer) => ({ sign: (message, options) => signer.sign(message.subarray(0, 1_000), options) }),
  },
  {
    bug: 'lets the provider refuse what is too large',
    group: 'sizes',
    caughtBy: 'refuses 1001 bytes',
    variation: MODEST,
    driver: (driver) => ({
      algorithms: {
        ...driver.algorithms,
        ECDSA_SHA_256: { payloads: { message: { minBytes: 1, maxBytes: 9_999 } }, encodings: ['der'] },
      },
    }),
  },
  {
    bug: 'claims a digest mode that is not there',
    group: 'sizes',
    caughtBy: 'capabilities say',
    variation: MODEST,
    signer: ({ capabilities }) => ({ capabilities: Object.freeze({ ...capabilities, digest: true }) }),
  },
  {
    bug: 'leaves a source open that is too long',
    group: 'sizes',
    caughtBy: 'an endless stream',
    variation: MODEST,
    signer: (signer) => ({
      async signStream(source, options) {
        const iterator = (source as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]()
        const chunks: Uint8Array[] = []
        for (let bytes = 0; bytes <= 1_000; bytes += chunks.at(-1)?.length ?? 0) {
          const { done, value } = await iterator.next()
          if (done === true) return signer.sign(Buffer.concat(chunks), options)
          chunks.push(value)
        }
        throw createKmsError('KMS_MESSAGE_TOO_LARGE', { operation: 'sign' })
      },
    }),
  },
  {
    bug: 'wraps the error of a source',
    group: 'sizes',
    caughtBy: 'a source that fails',
    signer: (signer) => ({
      signStream: async (source, options) =>
        signer.signStream(source, options).catch((cause: unknown) => {
          throw createKmsError('KMS_UNKNOWN', { operation: 'sign', cause })
        }),
    }),
  },
  {
    bug: 'offers the largest message of one algorithm for all of them',
    group: 'sizes',
    caughtBy: 'RSA_PSS_SHA_256 with RSA_2048: refuses one byte more',
    driver: ({ algorithms }) => ({
      algorithms: Object.fromEntries(
        Object.entries(algorithms).map(([name, offer]) => {
          const payloads = { ...offer.payloads, message: { minBytes: 0, maxBytes: 4_096 } }
          return [name, { ...offer, payloads }]
        }),
      ),
    }),
  },
]
