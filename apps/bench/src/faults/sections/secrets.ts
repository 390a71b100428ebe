import { MARKED_CREDENTIALS, MARKED_MESSAGE } from '../clients/client.ts'
import { fingerprint } from '../server/backend.ts'
import type { Received } from '../server/raw-server.ts'

/** A name and a text that no error may hold. */
export type Needle = readonly [name: string, text: string]

/** The credentials, the message in every spelling that a program prints, and its digest. */
export function fixedNeedles(): readonly Needle[] {
  const { accessKeyId, secretAccessKey, sessionToken = '' } = MARKED_CREDENTIALS
  const digest = Buffer.from(fingerprint(MARKED_MESSAGE), 'hex')
  const bytes = [MARKED_MESSAGE, digest].flatMap((each) => [
    each.toString('latin1'),
    each.toString('base64').slice(0, -4),
    each.toString('hex'),
    // As util.inspect shows buffers and arrays.
    [...each.subarray(0, 12)].map((byte) => byte.toString(16).padStart(2, '0')).join(' '),
    [...each.subarray(0, 5)].map((byte) => ` ${byte},`).join(''),
  ])
  return [
    ['access key id', accessKeyId],
    ['secret key', secretAccessKey],
    ['session token', sessionToken],
    ...bytes.map((text): Needle => ['message or digest', text]),
  ]
}

const PROOFS = ['authorization', 'x-ncp-apigw-signature-v2'] as const

/** What the requests really carried as proof, and the signatures that were given. */
export function seenNeedles(requests: readonly Received[], signatures: Iterable<string>): readonly Needle[] {
  const proofs = requests.flatMap(({ headers }) => PROOFS.flatMap((name) => headers[name] ?? []))
  const parts = proofs.flatMap((proof) => [proof, proof.slice(-43)])
  return [
    ...parts.map((text): Needle => ['Authorization', text]),
    ...[...signatures].map((text): Needle => ['signature', text]),
  ]
}

/** The proof of a request whose own text is not known. */
const PROOF_FORM = /Signature=[0-9a-f]{16}/

/** Names of what a text shows. */
export function shownIn(text: string, needles: readonly Needle[]): readonly string[] {
  const found = needles.filter(([, needle]) => needle !== '' && text.includes(needle)).map(([name]) => name)
  return [...new Set(PROOF_FORM.test(text) ? [...found, 'Authorization'] : found)]
}
