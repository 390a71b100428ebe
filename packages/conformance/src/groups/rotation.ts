import type { SignResult } from '@kmsign/core'
import { assert, assertAtMost, assertBytes, assertEqual, kmsRejection } from '../assertions.ts'
import { spkiOf } from '../digests.ts'
import type { Bench, Kit } from '../kit.ts'
import { toldOf } from '../operations.ts'
import { judge } from './signing.ts'

const MESSAGE = Buffer.from('before and after', 'utf8')

/** Keys with versions; or, where there are none, that nobody pretends. */
export function rotation(kit: Kit): void {
  if (!kit.declared.rotation) {
    kit.test('no version is reported, and none can be asked for', hasNoVersions)
    return
  }
  kit.test('the new version signs, the old signature still verifies', rotates)
  kit.test('keyVersion accepts the version that signs and refuses every other', asksForVersion)
  kit.test('bare bytes are verified with the version that is named', namesVersion)
  if (kit.declared.publicKey) kit.test('public keys are kept by their version', keepsKeysByVersion)
  kit.test('a rotation costs one request more, once', costsOneRequest, { needs: ['requests'] })
}

async function hasNoVersions(bench: Bench): Promise<void> {
  const signer = bench.signer()
  const result = await signer.sign(MESSAGE)
  assertEqual(result.keyVersion, undefined, 'keyVersion')
  assert(!('keyVersion' in result), 'keyVersion is there and undefined')
  const asking = signer.sign(MESSAGE, { keyVersion: '1' })
  const error = await kmsRejection(asking, 'sign with keyVersion', 'KMS_KEY_VERSION_CHANGED')
  assertEqual(error.retryable, false, 'retryable')
}

/** One signature by each of two versions, with the signer that saw both. */
async function twoVersions(bench: Bench) {
  const signer = bench.signer()
  const first = await signer.sign(MESSAGE)
  const named = await bench.rotate()
  const second = await signer.sign(MESSAGE)
  assertEqual(second.keyVersion, named, 'the version after a rotation')
  assert(first.keyVersion !== second.keyVersion, 'both signatures name the same version')
  return { signer, first, second }
}

async function rotates(bench: Bench): Promise<void> {
  const { signer, first, second } = await twoVersions(bench)
  for (const [result, other] of [
    [first, second],
    [second, first],
  ] as const) {
    const what = `version ${result.keyVersion}`
    assert(await judge(bench, result, MESSAGE, 0, result.keyVersion), `the signature of ${what} does not hold`)
    assert(!(await judge(bench, result, MESSAGE, 0, other.keyVersion)), `${what} holds under the other version`)
    for (const fresh of [signer, bench.signer()]) {
      assertEqual(await fresh.verify(MESSAGE, result), true, `verify of ${what}`)
      if (!bench.declared.remoteVerify) continue
      assertEqual(await fresh.verify(MESSAGE, result, { mode: 'remote' }), true, `remote verify of ${what}`)
    }
  }
}

async function asksForVersion(bench: Bench): Promise<void> {
  const { signer, first, second } = await twoVersions(bench)
  const right = await signer.sign(MESSAGE, { keyVersion: versionOf(second) })
  assertEqual(right.keyVersion, second.keyVersion, 'keyVersion')
  for (const version of [versionOf(first), 'no-such-version']) {
    const error = await kmsRejection(signer.sign(MESSAGE, { keyVersion: version }), 'sign', 'KMS_KEY_VERSION_CHANGED')
    assertEqual(error.retryable, false, 'retryable')
  }
}

async function namesVersion(bench: Bench): Promise<void> {
  const { signer, first, second } = await twoVersions(bench)
  const told = toldOf(first)
  for (const mode of bench.declared.remoteVerify ? (['auto', 'remote'] as const) : (['auto'] as const)) {
    const verify = (keyVersion: string) => signer.verify(MESSAGE, first.signature, { ...told, keyVersion, mode })
    assertEqual(await verify(versionOf(first)), true, `its own version, mode ${mode}`)
    assertEqual(await verify(versionOf(second)), false, `the other version, mode ${mode}`)
  }
}

async function keepsKeysByVersion(bench: Bench): Promise<void> {
  const { signer, first, second } = await twoVersions(bench)
  for (const result of [first, second]) {
    const keyVersion = versionOf(result)
    const expected = spkiOf(await bench.publicKey(0, keyVersion))
    for (const asked of [signer, bench.signer()]) {
      const { spki } = await asked.getPublicKey({ keyVersion })
      assertBytes(spki, expected, `the public key of version ${keyVersion}`)
    }
  }
}

async function costsOneRequest(bench: Bench): Promise<void> {
  const signer = bench.signer()
  await signer.sign(MESSAGE)
  await bench.rotate()
  const before = bench.requests()
  await signer.sign(MESSAGE)
  assertAtMost(bench.requests() - before, 2, 'requests of the first signature of a new version')
  const later = bench.requests()
  await signer.sign(MESSAGE)
  assertEqual(bench.requests() - later, 1, 'requests of the next one')
}

function versionOf({ keyVersion }: SignResult): string {
  assert(keyVersion !== undefined, 'the result names no version')
  return keyVersion
}
