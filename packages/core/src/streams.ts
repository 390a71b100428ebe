import { readChunks } from './byte-source.ts'
import type { Call } from './call.ts'
import type { ByteSource, SignStreamOptions } from './contract.ts'
import { createDigester } from './digest.ts'
import { isKmsError } from './errors.ts'
import { digestKind, doesNotFit, type Input, keyForDigest, needsKeyForDigest } from './payload.ts'
import type { PublicKey } from './public-key.ts'
import { refusal, type SignerContext } from './signer-context.ts'

/** The most that is buffered to verify what cannot be verified from a digest. */
const MAX_BUFFERED_BYTES = 64 * 1024 * 1024

/** How a stream is turned into something to sign or verify. */
export type Intake =
  | { readonly how: 'digest'; readonly publicKey: PublicKey | undefined }
  | { readonly how: 'buffer'; readonly maxBytes: number }

/** For signing: a digest where the provider takes one, else the message up to the provider's limit. */
export async function intakeForSigning(context: SignerContext, call: Call): Promise<Intake> {
  const limits = context.offered.payloads.message
  if (digestKind(context.offered) === undefined) return { how: 'buffer', maxBytes: limits?.maxBytes ?? 0 }
  if (!needsKeyForDigest(context)) return { how: 'digest', publicKey: undefined }
  try {
    return { how: 'digest', publicKey: await keyForDigest(context, call) }
  } catch (error) {
    if (limits === undefined || !isKmsError(error)) throw error
    return { how: 'buffer', maxBytes: limits.maxBytes }
  }
}

/** For verifying here: from the digest where the scheme has one that can be checked. */
export function intakeForKey(context: SignerContext, publicKey: PublicKey): Intake {
  const fromDigest = context.facts.payloads.includes('digest')
  return fromDigest ? { how: 'digest', publicKey } : { how: 'buffer', maxBytes: MAX_BUFFERED_BYTES }
}

/** Reads a source once to its end. The first byte beyond a buffer's limit closes it, and so does the end of the call. */
export async function take(
  context: SignerContext,
  call: Call,
  source: ByteSource,
  intake: Intake,
  onProgress: SignStreamOptions['onProgress'],
): Promise<Input> {
  const sink = intake.how === 'digest' ? hashing(context, intake.publicKey) : buffering(context, call, intake.maxBytes)
  const controller = new AbortController()
  const read = async () => {
    let bytes = 0
    for await (const chunk of readChunks(source, controller.signal)) {
      bytes += chunk.length
      sink.update(chunk)
      onProgress?.({ bytes })
    }
  }
  call.stopDeadline()
  await call.bounded(read, undefined, (reason) => controller.abort(reason))
  return sink.done()
}

function hashing(context: SignerContext, publicKey: PublicKey | undefined) {
  const options = { sm2UserId: context.sm2UserId, ...(publicKey && { publicKey }) }
  const digester = createDigester(context.algorithm, options)
  return {
    update: (chunk: Uint8Array) => digester.update(chunk),
    done: (): Input => ({ digest: digester.digest() }),
  }
}

function buffering(context: SignerContext, call: Call, maxBytes: number) {
  const chunks: Uint8Array[] = []
  let bytes = 0
  return {
    update(chunk: Uint8Array) {
      bytes += chunk.length
      if (bytes > maxBytes) throw tooLarge(context, call, bytes, maxBytes)
      // The source may use its buffer again.
      chunks.push(chunk.slice())
    },
    done: (): Input => ({ message: new Uint8Array(Buffer.concat(chunks)) }),
  }
}

function tooLarge(context: SignerContext, call: Call, bytes: number, maxBytes: number) {
  if (call.operation === 'sign') return doesNotFit(context, call, bytes)
  const detail = `a ${context.algorithm} signature over a stream is checked from memory, up to ${maxBytes} bytes`
  return refusal(context, call, 'KMS_MESSAGE_TOO_LARGE', detail)
}
