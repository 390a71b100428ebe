import type { AlgorithmRow, SignatureEncoding } from './algorithms.ts'
import type { Bytes } from './bytes.ts'
import type { Call } from './call.ts'
import type { DriverOutcome } from './call-driver.ts'
import { exactAtOnce, type Payload } from './check-signature.ts'
import type { SignOptions, SignResult } from './contract.ts'
import type { DriverSignature } from './driver-contract.ts'
import { isKmsError } from './errors.ts'
import { publish } from './events.ts'
import { choosePayload, digestKind, type Input, payloadByKey } from './payload.ts'
import type { PublicKey } from './public-key.ts'
import { diagnose, onlyPossibleForm, recognize, type WireForm } from './recognize.ts'
import { convertSignature, normalizeSignature } from './signature-encoding.ts'
import { findKey, type KeyOrReason, keyHasOneVersion, refreshed, rowFor, wantsKeyEarly } from './signature-key.ts'
import { refusal, type SignerContext } from './signer-context.ts'

/** A signature as it came, with what was sent for it. */
interface Made {
  readonly payload: Payload
  readonly answer: DriverSignature
  readonly attempts: number
}

/** A signature whose form is known. */
interface Settled {
  readonly made: Made
  readonly signature: Bytes
  readonly form: WireForm
  readonly row: AlgorithmRow
  readonly verified: boolean
}

/** What was asked for, and what is sent for it. */
interface Task {
  readonly input: Input
  readonly options: SignOptions
  readonly payload: Payload
}

/**
 * Signs, and checks the signature against the public key before it is returned (`integrity`). What can be had without a
 * wait is: a promise costs more than most of what is done here.
 */
export function sign(context: SignerContext, call: Call, input: Input, options: SignOptions): Promise<SignResult> {
  const payload = choosePayload(context, call, input)
  if (payload !== undefined) return signPayload(context, call, { input, options, payload })
  return payloadByKey(context, call, input).then((made) =>
    signPayload(context, call, { input, options, payload: made }),
  )
}

function signPayload(context: SignerContext, call: Call, task: Task): Promise<SignResult> {
  const early = wantsKeyEarly(context) ? findKey(context, call, heldAgainst(task), undefined) : undefined
  early?.catch(() => {})
  const asking = ask(context, call, task.payload)
  const finish = (outcome: DriverOutcome<DriverSignature>) => conclude(context, call, task, outcome, early)
  if (context.integrity === 'off' || !keyHasOneVersion(context)) return asking.then(finish)
  const keyAtHand = () => early ?? findKey(context, call, heldAgainst(task), undefined)
  return asking.then(finish, (error) => explain(error, keyAtHand))
}

function ask(context: SignerContext, call: Call, payload: Payload): Promise<DriverOutcome<DriverSignature>> {
  return context.requestSignature(call, { algorithm: context.algorithm, kind: payload.kind, payload: payload.bytes })
}

function conclude(
  context: SignerContext,
  call: Call,
  task: Task,
  outcome: DriverOutcome<DriverSignature>,
  early: Promise<KeyOrReason> | undefined,
): SignResult | Promise<SignResult> {
  const made = toMade(context, call, task.payload, task.options, outcome)
  const { encoding } = task.options
  if (context.integrity === 'off') return toResult(context, unchecked(context, call, made), encoding)
  const settled = early === undefined ? settleAtOnce(context, call, heldAgainst(task), made) : undefined
  if (settled !== undefined) return toResult(context, settled, encoding)
  return check(context, call, task, made, early).then((checked) => toResult(context, checked, encoding))
}

function toMade(
  context: SignerContext,
  call: Call,
  payload: Payload,
  options: SignOptions,
  { value: answer, attempts: sent }: DriverOutcome<DriverSignature>,
): Made {
  // Repeats below the driver were requests too.
  const below = (answer.attempts ?? 1) - 1
  call.requests += below
  if (options.keyVersion !== undefined && answer.keyVersion !== options.keyVersion) {
    const detail = answer.keyVersion === undefined ? 'the provider does not say which version signed' : undefined
    throw refusal(context, call, 'KMS_KEY_VERSION_CHANGED', detail ?? 'another version of the key signed')
  }
  return { payload, answer, attempts: sent + below }
}

/** A refused parameter is better explained by a key that does not fit, once that is known. */
async function explain(error: unknown, find: () => Promise<KeyOrReason>): Promise<never> {
  if (isKmsError(error, 'KMS_INVALID_ARGUMENT', 'KMS_KEY_MISMATCH')) {
    await find().catch((reason: unknown) => {
      if (isKmsError(reason, 'KMS_KEY_MISMATCH')) throw reason
    })
  }
  throw error
}

async function check(
  context: SignerContext,
  call: Call,
  task: Task,
  made: Made,
  early: Promise<KeyOrReason> | undefined,
): Promise<Settled> {
  const held = heldAgainst(task)
  const version = keyHasOneVersion(context) ? undefined : made.answer.keyVersion
  const found = await (early ?? findKey(context, call, held, version))
  if ('unknownVersion' in found) return again(context, call, task, made)
  if ('why' in found) {
    const { provider, signer } = context.subject
    publish('kmsign:unverified', { provider, signer, why: found.why })
    return unchecked(context, call, made)
  }
  const settled = await settle(context, call, held, made, found.key)
  if (settled !== undefined) return settled
  const fresh = await refreshed(context, call, made.answer.keyVersion, found.key)
  const second = fresh && (await settle(context, call, held, made, fresh))
  if (second !== undefined) return second
  return again(context, call, task, made)
}

/** One new signature: a transfer error does not strike twice. SM2 is asked for the digest, whose meaning is documented. */
async function again(context: SignerContext, call: Call, task: Task, first: Made): Promise<Settled> {
  const { input, options } = task
  const held = heldAgainst(task)
  const byDigest = context.facts.scheme === 'sm2' && first.payload.kind === 'message' && digestKind(context.offered)
  const payload = byDigest ? await payloadByKey(context, call, input) : first.payload
  const made = toMade(context, call, payload, options, await ask(context, call, payload))
  const found = await findKey(context, call, held, made.answer.keyVersion)
  const settled = 'key' in found ? await settle(context, call, held, made, found.key) : undefined
  if (settled !== undefined) {
    if (byDigest) context.learned.digestOnly = true
    return { ...settled, made: { ...made, attempts: first.attempts + made.attempts } }
  }
  if (context.keys.pinned) throw refusal(context, call, 'KMS_KEY_MISMATCH', 'the signature is not by the pinned key')
  throw refusal(context, call, 'KMS_INTEGRITY', 'the signature does not verify with the public key of the provider')
}

/** The usual case: the key is at hand, and the form is the one learned before. Undefined where it takes a wait to tell. */
function settleAtOnce(context: SignerContext, call: Call, held: Payload, made: Made): Settled | undefined {
  const { keyVersion, signature } = made.answer
  const key = context.keys.peek(keyHasOneVersion(context) ? undefined : keyVersion)
  const form = context.learned.forms.get(keyVersion ?? '')
  if (key === undefined || form === undefined) return undefined
  const row = rowFor(context, call, key)
  const { encoding, pssSaltLength } = form
  const rule = { row, encoding, pssSaltLength, sm2UserId: context.sm2UserId }
  const exact = exactAtOnce(key, held, signature, rule)
  return exact && { made, signature: exact, form, row, verified: true }
}

/** Holds a signature against a key: settled, refused as a wrong declaration, or undefined when it fits nothing. */
async function settle(
  context: SignerContext,
  call: Call,
  held: Payload,
  made: Made,
  key: PublicKey,
): Promise<Settled | undefined> {
  const row = rowFor(context, call, key)
  const { answer } = made
  const expected = { row, offered: context.offered, sm2UserId: context.sm2UserId }
  const version = answer.keyVersion ?? ''
  const form = await recognize(key, held, answer.signature, expected, context.learned.forms.get(version))
  if (form === undefined) {
    const really = await diagnose(key, held, answer.signature, expected)
    if (really === undefined) return undefined
    throw refusal(context, call, 'KMS_KEY_MISMATCH', `the key signs ${really}, not ${context.algorithm}`)
  }
  context.learned.forms.set(version, form)
  const signature = normalizeSignature(answer.signature, form.encoding, row)
  return signature && { made, signature, form, row, verified: true }
}

/** Without a key exactly one of the forms that the documents leave open must be possible. */
function unchecked(context: SignerContext, call: Call, made: Made): Settled {
  const found = onlyPossibleForm(context.rows, made.answer.signature, context.offered)
  if (found === undefined) {
    throw refusal(context, call, 'KMS_INVALID_RESPONSE', `the answer holds no ${context.algorithm} signature`)
  }
  const { signature, form, row } = found
  return { made, signature, form, row, verified: false }
}

/** What a signature is held against: the message itself wherever there is one. */
function heldAgainst({ input, payload }: Task): Payload {
  return payload.kind === 'message' || 'digest' in input ? payload : { kind: 'message', bytes: input.message }
}

function toResult(context: SignerContext, settled: Settled, wanted: SignOptions['encoding']): SignResult {
  const { made, row, form, verified } = settled
  const { keyVersion, requestId } = made.answer
  const encoding: SignatureEncoding = form.encoding === 'raw' ? 'raw' : (wanted ?? row.defaultEncoding)
  const result: { -readonly [K in keyof SignResult]: SignResult[K] } = {
    signature: encoding === form.encoding ? settled.signature : converted(settled, encoding),
    encoding,
    algorithm: context.algorithm,
    provider: context.subject.provider,
    keyId: made.answer.keyId ?? context.subject.keyId,
    verified,
    attempts: made.attempts,
  }
  if (keyVersion !== undefined) result.keyVersion = keyVersion
  if (requestId !== undefined) result.requestId = requestId
  if (form.pssSaltLength !== undefined) result.pssSaltLength = form.pssSaltLength
  const idIsKnown = row.scheme === 'sm2' && (verified || made.payload.kind === 'digest')
  if (idIsKnown && context.sm2UserIdText !== undefined) result.sm2UserId = context.sm2UserIdText
  return Object.freeze(result)
}

/** Cannot fail: the signature was parsed in its own encoding before. */
function converted({ signature, form, row }: Settled, encoding: SignatureEncoding): Bytes {
  return convertSignature(signature, form.encoding, encoding, row.keySpec) as Bytes
}
