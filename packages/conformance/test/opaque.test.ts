import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { writeDer } from '../src/ecdsa-signature.ts'
import { quotesBytes } from '../src/opaque.ts'

const number = () => BigInt(`0x${randomBytes(32).toString('hex')}`)
const der = () => Buffer.from(writeDer({ r: number(), s: number() }))

describe('an error quotes bytes', () => {
  it.each([
    ['a MAC in base64', () => randomBytes(32).toString('base64')],
    ['a digest in hex', () => randomBytes(32).toString('hex')],
    ['a signature of 64 bytes in base64', () => randomBytes(64).toString('base64')],
    ['a signature of 64 bytes in hex', () => randomBytes(64).toString('hex')],
    ['a signature of 64 bytes in capital hex', () => randomBytes(64).toString('hex').toUpperCase()],
    ['a signature in DER and base64', () => der().toString('base64')],
    ['a signature in DER and hex', () => der().toString('hex')],
    ['a signature of 256 bytes in base64', () => randomBytes(256).toString('base64')],
    ['a signature of 256 bytes in hex', () => randomBytes(256).toString('hex')],
    ['a signature behind a path', () => `keys/payments/sign/${randomBytes(64).toString('base64')}`],
  ])('where it has %s', (_what, write) => {
    const missed = Array.from({ length: 1_000 }, write).filter((text) => !quotesBytes(`refused: ${text}, sorry`))
    expect(missed).toEqual([])
  })
})

it.each([
  'projects/example/locations/global/keyRings/releases',
  'projects/example/locations/global/keyRings/releases/cryptoKeys/invoices/cryptoKeyVersions/12',
  '/v1/transit/production/sign/invoices/sha2/256',
  '/var/run/secrets/kubernetes/io/serviceaccount/token',
  '/apis/authentication/v1beta1/namespaces/default/serviceaccounts/default/token',
  '/tenants/0123456789abcdef0123456789abcdef/keys/releases',
  '/home/build/2026/11/22/run/1234567890/artifacts/kms',
  'https://kms.example/v1/keys/payments2024/versions/2024/11/22/sign/RSAPSS2048SHA256',
  'TheSecurityTokenIncludedInTheRequestIsInvalidException',
  'path=projects/example/locations/global/keyRings/releases=',
])('%s quotes nothing', (path) => {
  expect(quotesBytes(`no permission for ${path}: ask its owner`)).toBe(false)
})
