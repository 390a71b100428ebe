import { createPublicKey } from 'node:crypto'

export type PublicKeyForm = 'pem' | 'pkcs1' | 'base64' | 'wrapped-base64'

/** A public key the way a provider might print it. PKCS#1 exists for RSA alone; other keys stay SPKI. */
export function printPublicKey(der: Buffer, form: PublicKeyForm, newline = '\n'): string {
  if (form === 'base64') return der.toString('base64')
  if (form === 'wrapped-base64') return wrap(der).join(newline)
  const rsa = form === 'pkcs1' ? rsaPkcs1(der) : undefined
  const label = rsa ? 'RSA PUBLIC KEY' : 'PUBLIC KEY'
  return [`-----BEGIN ${label}-----`, ...wrap(rsa ?? der), `-----END ${label}-----`, ''].join(newline)
}

function wrap(der: Buffer): string[] {
  return der.toString('base64').match(/.{1,64}/g) ?? []
}

/** Node cannot parse every SPKI (ML-DSA before 24), and none of those is RSA. */
function rsaPkcs1(der: Buffer): Buffer | undefined {
  if (!der.includes(Buffer.from('2a864886f70d010101', 'hex'))) return undefined
  return createPublicKey({ key: der, format: 'der', type: 'spki' }).export({ format: 'der', type: 'pkcs1' })
}
