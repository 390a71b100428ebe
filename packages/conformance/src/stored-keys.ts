import { createPrivateKey, createPublicKey } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A key's secret part as the emulator keeps it. */
interface StoredMaterial {
  readonly spec: string
  /** Base64 of PKCS #8; for SM2 of the private number (32 bytes) and the public point behind it. */
  readonly secret: string
}

/** SubjectPublicKeyInfo of an SM2 key, up to the point. */
const SM2_SPKI = Buffer.from('3059301306072a8648ce3d020106082a811ccf5501822d034200', 'hex')

/** The public key (PEM) of a key in the emulator's data directory; of its newest version unless one is named. */
export function readStoredPublicKey(directory: string, keyId: string, version: string | undefined): string {
  const file = readdirSync(directory).find((name) => name.endsWith(`${idPart(keyId)}.json`))
  if (file === undefined) throw new Error('the emulator keeps no such key in its directory')
  const record = JSON.parse(readFileSync(join(directory, file), 'utf8')) as {
    readonly material?: StoredMaterial
    readonly versions?: readonly { readonly version: number; readonly material: StoredMaterial }[]
  }
  const named = record.versions?.find((one) => String(one.version) === version)
  const material = record.material ?? (version === undefined ? record.versions?.at(-1) : named)?.material
  if (material === undefined) throw new Error('the emulator keeps no such version in its directory')
  return toPublicKeyPem(material)
}

/** Ids that are paths or ARNs end with what names the file. */
function idPart(keyId: string): string {
  return keyId.slice(keyId.lastIndexOf('/') + 1)
}

function toPublicKeyPem({ spec, secret }: StoredMaterial): string {
  const bytes = Buffer.from(secret, 'base64')
  if (spec === 'SM2') {
    const point = Buffer.concat([Buffer.of(4), bytes.subarray(-64)])
    const lines =
      Buffer.concat([SM2_SPKI, point])
        .toString('base64')
        .match(/.{1,64}/g) ?? []
    return ['-----BEGIN PUBLIC KEY-----', ...lines, '-----END PUBLIC KEY-----', ''].join('\n')
  }
  const key = createPublicKey(createPrivateKey({ key: bytes, format: 'der', type: 'pkcs8' }))
  return key.export({ type: 'spki', format: 'pem' }).toString()
}
