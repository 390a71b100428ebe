import type { Signer, SignResult } from '@kmsign/core'
import { assert, assertBytes, assertEqual } from '../assertions.ts'
import type { AlgorithmDeclaration } from '../declaration.ts'
import { curveOf, type Pair, readDer, readP1363 } from '../ecdsa-signature.ts'
import { type Bench, type Kit, nameOf } from '../kit.ts'
import { malformedDer, malformedP1363, malformedRaw } from '../malformed.ts'
import { toldOf } from '../operations.ts'
import { judge } from './signing.ts'

const MESSAGE = Buffer.from('encoded twice', 'utf8')
/** One signature in 128 has a leading zero in r or s; this many without one are beyond all chance. */
const MOST_TRIES = 3_000

/** How signatures are written, and what is not one. */
export function encodings(kit: Kit): void {
  for (const pair of kit.declared.algorithms) {
    const title = (what: string) => `${nameOf(pair)}: ${what}`
    if (curveOf(pair.keySpec) === undefined) {
      kit.test(title('has one encoding, whatever is asked for'), ignoresEncoding, { pair })
      kit.test(title('a malformed signature is false, never an error'), (bench) => refusesRaw(bench), { pair })
      continue
    }
    kit.test(title('DER is strict'), writesDer, { pair })
    kit.test(title('p1363 has a fixed width'), writesP1363, { pair })
    kit.test(title('a malformed DER signature is false, never an error'), refusesDer, { pair })
    kit.test(title('a malformed p1363 signature is false, never an error'), refusesP1363, { pair })
  }
  const curved = kit.declared.algorithms.find(({ keySpec }) => curveOf(keySpec) !== undefined)
  if (curved !== undefined) leadingZeros(kit, curved)
}

function leadingZeros(kit: Kit, pair: AlgorithmDeclaration): void {
  const what = `${nameOf(pair)}: leading zeros of r and s survive`
  if (kit.declared.live) kit.statement(`${what} (not run live: takes hundreds of signatures)`, async () => {})
  else kit.test(what, keepsLeadingZeros, { pair })
}

async function ignoresEncoding(bench: Bench): Promise<void> {
  for (const encoding of ['der', 'p1363'] as const) {
    const result = await bench.signer().sign(MESSAGE, { encoding })
    assertEqual(result.encoding, 'raw', 'encoding')
    assert(await judge(bench, result, MESSAGE), 'the signature does not hold')
  }
}

async function writesDer(bench: Bench): Promise<void> {
  const signer = bench.signer()
  for (let round = 0; round < 8; round += 1) {
    const result = await signer.sign(MESSAGE, { encoding: 'der' })
    assertEqual(result.encoding, 'der', 'encoding')
    const pair = readDer(result.signature)
    assert(pair !== undefined, 'the signature is not strict DER')
    assert(inRange(pair, curve(bench).order), 'r or s is out of range')
    assert(await judge(bench, result, MESSAGE), 'the signature does not hold')
  }
}

async function writesP1363(bench: Bench): Promise<void> {
  const signer = bench.signer()
  const { bytes } = curve(bench)
  const result = await signer.sign(MESSAGE, { encoding: 'p1363' })
  assertEqual(result.encoding, 'p1363', 'encoding')
  assertEqual(result.signature.length, 2 * bytes, 'length')
  assert(await judge(bench, result, MESSAGE), 'the signature does not hold')
  const told = toldOf(result)
  assertEqual(await signer.verify(MESSAGE, result.signature, told), true, 'verify as p1363')
  assertEqual(await signer.verify(MESSAGE, result.signature, { ...told, encoding: 'der' }), false, 'verify as DER')
}

async function keepsLeadingZeros(bench: Bench): Promise<void> {
  const signer = bench.signer()
  const { bytes } = curve(bench)
  for (let round = 0; round < MOST_TRIES; round += 1) {
    const result = await signer.sign(MESSAGE, { encoding: 'p1363' })
    assertEqual(result.signature.length, 2 * bytes, 'length')
    if (result.signature[0] !== 0 && result.signature[bytes] !== 0) continue
    assert(await judge(bench, result, MESSAGE), 'a signature with a leading zero does not hold')
    assertEqual(await signer.verify(MESSAGE, result), true, 'verify of a signature with a leading zero')
    return
  }
  throw new Error(`no r or s began with a zero in ${MOST_TRIES} signatures`)
}

async function refusesDer(bench: Bench): Promise<void> {
  const signer = bench.signer()
  const result = await signer.sign(MESSAGE, { encoding: 'der' })
  const width = curve(bench).bytes
  const pair = readDer(result.signature)
  assert(pair !== undefined, 'the signature is not strict DER')
  const wide = Buffer.from([pair.r, pair.s].map((one) => one.toString(16).padStart(2 * width, '0')).join(''), 'hex')
  const list = [...malformedDer(result.signature, curve(bench).order), ['p1363 instead', wide] as const]
  await refusesAll(bench, signer, result, list)
}

async function refusesP1363(bench: Bench): Promise<void> {
  const signer = bench.signer()
  const result = await signer.sign(MESSAGE, { encoding: 'p1363' })
  const pair = readP1363(result.signature, curve(bench).bytes)
  assert(pair !== undefined, 'the signature has another width')
  await refusesAll(bench, signer, result, malformedP1363(result.signature, pair, curve(bench).order))
}

async function refusesRaw(bench: Bench): Promise<void> {
  const signer = bench.signer()
  const result = await signer.sign(MESSAGE)
  await refusesAll(bench, signer, result, malformedRaw(result.signature))
}

async function refusesAll(
  bench: Bench,
  signer: Signer,
  result: SignResult,
  list: readonly (readonly [string, Uint8Array])[],
): Promise<void> {
  const told = toldOf(result)
  for (const mode of bench.declared.remoteVerify ? (['auto', 'remote'] as const) : (['auto'] as const)) {
    for (const [what, bytes] of list) {
      const answer: unknown = await signer.verify(MESSAGE, bytes, { ...told, mode }).catch(() => 'an error')
      assertEqual(answer, false, `verify with mode ${mode} of a signature that is ${what}`)
      const changed = { ...result, signature: new Uint8Array(bytes) }
      assertEqual(await signer.verify(MESSAGE, changed, { mode }), false, `the same as a result, mode ${mode}, ${what}`)
    }
  }
  assertEqual(await signer.verify(MESSAGE, result.signature, told), true, 'verify of the signature itself')
  assertBytes(MESSAGE, Buffer.from('encoded twice', 'utf8'), 'the message')
}

function curve(bench: Bench): { readonly bytes: number; readonly order: bigint } {
  const found = curveOf(bench.pair.keySpec)
  assert(found !== undefined, 'the key has no curve')
  return found
}

function inRange({ r, s }: Pair, order: bigint): boolean {
  return r > 0n && s > 0n && r < order && s < order
}
