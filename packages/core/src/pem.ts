import { X509Certificate } from 'node:crypto'
import { decodeBase64, encodeBase64 } from './base64.ts'
import { readElements, readSequence } from './der.ts'
import { isPrivateDer, readRsaKey, readSpki, type Spki, unusableKey } from './spki.ts'

/** A certificate with a large key is under 10 kB. */
const MAX_TEXT = 65_536
const BOUNDARY = /-----BEGIN ([^-]{0,64})-----/gi
const LINE_ENDS = /\\r\\n|\\n|\\r|\s+/g

type BlockReader = (der: Uint8Array) => Spki

const BLOCKS: ReadonlyMap<string, BlockReader> = new Map([
  ['PUBLIC KEY', readSpki],
  ['RSA PUBLIC KEY', readRsaKey],
  ['CERTIFICATE', readCertificate],
])

/**
 * A public key from text: one PEM block (`PUBLIC KEY`, `RSA PUBLIC KEY`, `CERTIFICATE`), or the base64 of DER alone.
 * Line ends may be LF, CRLF, the two characters `\n` as in environment variables, or missing.
 *
 * @throws TypeError for private keys.
 * @throws KmsError `KMS_INVALID_ARGUMENT`
 */
export function readKeyText(text: string): Spki {
  if (text.length > MAX_TEXT) throw unusableKey('is too long a text')
  const labels = [...text.matchAll(BOUNDARY)]
  if (labels.some(([, label = '']) => /PRIVATE/i.test(label))) throw privateKeyError()
  if (labels.length > 1) throw unusableKey('is given as a text with more than one PEM block')
  const [boundary] = labels
  if (boundary === undefined) return readBody(text, readSpki)
  const [begin, label = ''] = boundary
  const reader = BLOCKS.get(label)
  if (reader === undefined)
    throw unusableKey('is given as a PEM block of another kind than a public key or certificate')
  const start = boundary.index + begin.length
  const end = text.indexOf(`-----END ${label}-----`, start)
  if (end === -1) throw unusableKey('is given as a PEM block without its end')
  return readBody(text.slice(start, end), reader)
}

/** PEM with LF and 64 columns, ending in LF. */
export function writePem(spki: Uint8Array): string {
  const lines = encodeBase64(spki).replace(/.{64}(?=.)/g, '$&\n')
  return `-----BEGIN PUBLIC KEY-----\n${lines}\n-----END PUBLIC KEY-----\n`
}

export function privateKeyError(): TypeError {
  return new TypeError(
    'A private key was given where a public key is expected. Keep it where it is and pass its public key.',
  )
}

function readBody(text: string, reader: BlockReader): Spki {
  const der = decodeBase64(text.replace(LINE_ENDS, ''))
  if (der === undefined || der.length === 0) throw unusableKey('is not base64')
  if (isPrivateDer(der)) throw privateKeyError()
  return reader(der)
}

/** The key of an X.509 certificate; no more of the certificate is judged than that it can be parsed. */
function readCertificate(der: Uint8Array): Spki {
  const spki = isCertificate(der) ? spkiOfCertificate(der) : undefined
  if (spki === undefined) throw unusableKey('is not in a certificate that can be read')
  return readSpki(spki)
}

function isCertificate(der: Uint8Array): boolean {
  try {
    return new X509Certificate(der).raw.length === der.length
  } catch {
    return false
  }
}

/** From the DER itself, because older runtimes cannot hand out keys that they do not know. RFC 5280 §4.1. */
function spkiOfCertificate(der: Uint8Array): Uint8Array | undefined {
  const tbs = readSequence(der)?.[0]
  const fields = tbs && readElements(der, tbs.start, tbs.end)
  // A certificate of version 1 does not say its version.
  const spki = fields?.[fields[0]?.tag === 0xa0 ? 6 : 5]
  return spki && der.subarray(spki.offset, spki.end)
}
