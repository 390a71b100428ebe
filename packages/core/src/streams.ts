import { MAX_BUFFERED_BYTES, readAll, readChunks } from './byte-source.ts'
import type { Call } from './call.ts'
import type { ByteSource, SignStreamOptions } from './contract.ts'
import { createDigester } from './digest.ts'
import { isKmsError } from './errors.ts'
import { digestKind, doesNotFit, type Input, keyForDigest, needsKeyForDigest } from './payload.ts'
import type { PublicKey } from './public-key.ts'
import { refusal, type SignerContext } from './signer-context.ts'

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
  const controller = new AbortController()
  const chunks = counted(readChunks(source, controller.signal), onProgress)
  const read = async (): Promise<Input> => {
    if (intake.how === 'digest') return { digest: await hash(context, chunks, intake.publicKey) }
    const tooLarge = (bytes: number) => tooLargeFor(context, call, bytes, intake.maxBytes)
    return { message: await readAll(chunks, intake.maxBytes, tooLarge) }
  }
  call.stopDeadline()
  return call.bounded(read, undefined, (reason) => controller.abort(reason))
}

async function* counted(
  chunks: AsyncIterable<Uint8Array>,
  onProgress: SignStreamOptions['onProgress'],
): AsyncGenerator<Uint8Array, void, undefined> {
  let bytes = 0
  for await (const chunk of chunks) {
    yield chunk
    bytes += chunk.length
    onProgress?.({ bytes })
  }
}

async function hash(context: SignerContext, chunks: AsyncIterable<Uint8Array>, publicKey: PublicKey | undefined) {
  const digester = createDigester(context.algorithm, { publicKey, sm2UserId: context.sm2UserId })
  for await (const chunk of chunks) digester.update(chunk)
  return digester.digest()
}

function tooLargeFor(context: SignerContext, call: Call, bytes: number, maxBytes: number) {
  if (call.operation === 'sign') return doesNotFit(context, call, bytes)
  const detail = `a ${context.algorithm} signature over a stream is checked from memory, up to ${maxBytes} bytes`
  return refusal(context, call, 'KMS_MESSAGE_TOO_LARGE', detail)
}
