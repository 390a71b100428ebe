import { createHash, createPublicKey, createVerify, type KeyObject } from 'node:crypto'

/** An SM2 signature with the key it should fit. */
export interface Sm2Claim {
  readonly key: KeyObject
  /** SEC 1, uncompressed. */
  readonly point: Uint8Array
  /** The signature in both forms: DER, and r ‖ s. */
  readonly der: Uint8Array
  readonly pair: Uint8Array
}

/** What the signature was made over: the message with the ZA of key and user id, or e. */
export type Sm2Signed = { readonly za: Uint8Array; readonly message: Uint8Array } | { readonly e: Uint8Array }

/** Made with the openssl command and the default id. */
const KNOWN = {
  key:
    'MFkwEwYHKoZIzj0CAQYIKoEcz1UBgi0DQgAEwXhuLEw4Qkq2h9k0xwBOjjtSv7AV449ceJLBNVSkozaAZ15oVFegA56jVkuwgHQ1IcpPGQA50TbEZMIb' +
    'uf1uEw==',
  za: 'dafcf4884b5fcc147922f26b1a8a69b67fd2e91f74976306f25d3dba09141c46',
  message: 'kmsign',
  signature:
    '30440220214cda70c109154af9f2654881d2128a276d0a13f908436c48229a43f1a12a49' +
    '02201b383dfadc11724ff328518f55df4c7e30d000147555c20c6b00454f757039b6',
}

/** Whether an SM2 signature fits (GB/T 32918.2 §7.1). */
export async function verifySm2(claim: Sm2Claim, signed: Sm2Signed): Promise<boolean> {
  if ('za' in signed && nativeIsRight()) return verifyNatively(claim.key, signed.za, signed.message, claim.der)
  const e = 'e' in signed ? signed.e : createHash('sm3').update(signed.za).update(signed.message).digest()
  const curves = await import('./curves.ts')
  return curves.verifySm2(e, claim.pair, claim.point)
}

// createVerify hashes what it is fed and then checks the plain SM2 equation, which with ZA in front is SM2DSA, at a
// thirteenth of the cost of the usual library. crypto.verify('sm3', …) is never right: it puts a ZA made from an empty
// id in front by itself. Keys must come from SPKI: OpenSSL does ECDSA with SM2 keys that it generated.
function verifyNatively(key: KeyObject, za: Uint8Array, message: Uint8Array, der: Uint8Array): boolean {
  return createVerify('sm3').update(za).update(message).verify(key, der)
}

let native: boolean | undefined

/** Nothing documents that createVerify behaves so; a runtime that does otherwise gets the slower way. */
function nativeIsRight(): boolean {
  native ??= checkKnownAnswer()
  return native
}

function checkKnownAnswer(): boolean {
  const { key, za, message, signature } = KNOWN
  const known = createPublicKey({ key: Buffer.from(key, 'base64'), format: 'der', type: 'spki' })
  return verifyNatively(known, Buffer.from(za, 'hex'), Buffer.from(message), Buffer.from(signature, 'hex'))
}
