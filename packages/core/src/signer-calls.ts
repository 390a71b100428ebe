import type { SigningAlgorithm } from './algorithms.ts'
import { assertBytes, copyBytes, describeType } from './bytes.ts'
import type { Call } from './call.ts'
import type { CallRoom } from './call-room.ts'
import type { ByteSource, Signer, SignResult, VerifyOptions } from './contract.ts'
import { assertDigestLength, type Input } from './payload.ts'
import type { SignerContext } from './signer-context.ts'
import { sign } from './signing.ts'
import { intakeForKey, intakeForSigning, take } from './streams.ts'
import { choosePlace, readClaim, verifyAt } from './verifying.ts'

/** The frozen signer over one context. Arguments are checked and bytes copied here, before anything waits. */
export function openSigner<A extends SigningAlgorithm>(context: SignerContext, room: CallRoom): Signer<A> {
  const { subject, capabilities } = context
  const signer: Signer = {
    provider: subject.provider,
    keyId: subject.keyId,
    algorithm: context.algorithm,
    name: subject.signer,
    capabilities,
    // Not async, which would add a promise to every signature.
    sign(message, options) {
      try {
        const input = messageInput(message)
        return room.run('sign', options, (call, checked) => sign(context, call, input, checked))
      } catch (error) {
        return Promise.reject(error)
      }
    },
    signDigest(digest, options) {
      try {
        const input = digestInput(digest)
        return room.run('sign', options, (call, checked) => sign(context, call, input, checked))
      } catch (error) {
        return Promise.reject(error)
      }
    },
    async signStream(source, options) {
      assertSource(source)
      return room.run('sign', options, async (call, checked) => {
        const intake = await intakeForSigning(context, call)
        const input = await take(context, call, source, intake, checked.onProgress)
        return sign(context, call, input, checked)
      })
    },
    async verify(message, signature, options) {
      const input = messageInput(message)
      return room.run('verify', options, (call, checked) => verify(context, call, input, signature, checked))
    },
    async verifyDigest(digest, signature, options) {
      const input = digestInput(digest)
      return room.run('verify', options, (call, checked) => verify(context, call, input, signature, checked))
    },
    async verifyStream(source, signature, options) {
      assertSource(source)
      return room.run('verify', options, (call, checked) => verifyStream(context, call, source, signature, checked))
    },
    getPublicKey: async (options) =>
      room.run('getPublicKey', options, (call, { keyVersion, refresh }) => context.keys.get(call, keyVersion, refresh)),
    close: (options) => room.close(options),
  }
  // The algorithm was checked against the driver's offer: it is the A that the caller named.
  return Object.freeze(signer) as Signer<A>
}

async function verify(
  context: SignerContext,
  call: Call,
  input: Input,
  signature: Uint8Array | SignResult,
  options: VerifyOptions,
): Promise<boolean> {
  const claim = readClaim(context, signature, options)
  if ('digest' in input) assertDigestLength(context, call, input.digest)
  if (claim === undefined) return false
  const kind = 'message' in input ? 'message' : digestPayload(context)
  const place = await choosePlace(context, call, kind, claim, options.mode ?? 'auto')
  return verifyAt(context, call, place, input, claim)
}

async function verifyStream(
  context: SignerContext,
  call: Call,
  source: ByteSource,
  signature: Uint8Array | SignResult,
  options: VerifyOptions,
): Promise<boolean> {
  const claim = readClaim(context, signature, options)
  if (claim === undefined) return false
  const kind = context.facts.payloads.includes('digest') ? 'digest' : 'message'
  const place = await choosePlace(context, call, kind, claim, options.mode ?? 'auto')
  const forClaim: SignerContext = { ...context, sm2UserId: claim.sm2UserId }
  const intake = place.by === 'key' ? intakeForKey(context, place.key) : await intakeForSigning(forClaim, call)
  const input = await take(forClaim, call, source, intake, undefined)
  return verifyAt(context, call, place, input, claim)
}

function digestPayload(context: SignerContext): 'digest' | 'mu' {
  return context.facts.scheme === 'ml-dsa' ? 'mu' : 'digest'
}

function messageInput(message: Uint8Array): Input {
  assertBytes(message, 'message')
  return { message: copyBytes(message) }
}

function digestInput(digest: Uint8Array): Input {
  assertBytes(digest, 'digest')
  return { digest: copyBytes(digest) }
}

function assertSource(source: unknown): asserts source is ByteSource {
  const given = source as { [Symbol.asyncIterator]?: unknown; [Symbol.iterator]?: unknown; getReader?: unknown } | null
  const readable =
    typeof source === 'object' &&
    (typeof given?.[Symbol.asyncIterator] === 'function' ||
      typeof given?.[Symbol.iterator] === 'function' ||
      typeof given?.getReader === 'function')
  if (!readable)
    throw new TypeError(`source must be a stream or an iterable of Uint8Array, got ${describeType(source)}.`)
}
