import { startEmulator } from '@kmsign/emulator'
import { MARKED_CREDENTIALS, type OurClient, type Target } from '../clients/client.ts'

/** Where an emulator listens, and a P-256 key with its provider for each of our clients. */
export interface EmulatorPlace {
  readonly url: string
  readonly targets: Readonly<Record<OurClient, Target>>
}

/** Serves until the process is ended. */
export async function runEmulator(): Promise<EmulatorPlace> {
  return (await startMarkedEmulator()).place
}

/** An emulator with credentials that are easy to find in a text. */
export async function startMarkedEmulator() {
  const { accessKeyId: accessKey, secretAccessKey: secretKey } = MARKED_CREDENTIALS
  const emulator = await startEmulator({
    ncp: { credentials: { accessKey, secretKey } },
    volcengine: { credentials: MARKED_CREDENTIALS },
    aws: { credentials: MARKED_CREDENTIALS },
  })
  const { url, ncp, volcengine, aws } = emulator
  const [{ keyTag }, { keyId }, { keyId: awsKeyId }] = await Promise.all([
    ncp.createKey({ keyType: 'ECDSA' }),
    volcengine.createKey({ keySpec: 'EC_P256' }),
    aws.createKey({ keySpec: 'ECC_NIST_P256' }),
  ])
  const target = (key: string, region: string): Target => ({ url, keyId: key, region, credentials: MARKED_CREDENTIALS })
  const targets: EmulatorPlace['targets'] = {
    'kmsign ncp': target(keyTag, ''),
    'kmsign volcengine': target(keyId, volcengine.region),
    'kmsign aws': target(awsKeyId, aws.region),
  }
  return { emulator, place: { url, targets } }
}
