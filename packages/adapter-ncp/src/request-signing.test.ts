import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createRequestSigner, type Proof } from './request-signing.ts'

// Vectors computed from the documented format with invented credentials; docs/wire/ncp.md has them with their steps.
const accessKey = 'TESTACCESSKEY0000001'
const secretKey = 'TestSecretKey0000000000000000000000000001'
const tag = 'a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6q7r8s9t0u1v2w3x4y5z6'
const timestamp = 1_700_000_000_000

const VECTORS = [
  ['POST', `/kms/v1/keys/${tag}/sign`, 'D53veLYpGAwruJaHJ+38uMit3PWBUVZb6WyzOI2Wkd0='],
  ['POST', `/kms/v1/keys/${tag}/verify`, 'liPpUTJv8olQPY5LzR8lP+9hUhjj1NwwgRumsm/vUBI='],
  ['GET', '/kms/v1/keys?pageNo=1&pageSize=1', 'VEO8Rnj0DxUYgohWepb6pqZZYgHh6sTkjSd1h+JvRFI='],
  ['POST', `/keys/v2/${tag}/sign`, 'KxKiHvQfbPEaH6yE6gEjCrJXclKVcGujb1uxVOS8zIc='],
] as const

function named({ headers }: Proof): Record<string, string | undefined> {
  return Object.fromEntries(headers.flatMap((name, index) => (index % 2 === 0 ? [[name, headers[index + 1]]] : [])))
}

const WORKED_TEXT_HEX =
  '504f5354202f6b6d732f76312f6b6579732f6131623263336434653566366737683869396a306b316c326d336e346f35703671377238733974307531763277337834793' +
  '57a362f7369676e0a313730303030303030303030300a544553544143434553534b455930303030303031'

describe('account signature v2', () => {
  const sign = createRequestSigner({ accessKey, secretKey })

  it.each(VECTORS)('signs %s %s', (method, path, signature) => {
    const proof = sign({ method, path }, timestamp)
    expect(proof.signature).toBe(signature)
    expect(named(proof)).toEqual({
      'x-ncp-apigw-timestamp': '1700000000000',
      'x-ncp-iam-access-key': accessKey,
      'x-ncp-apigw-signature-v2': signature,
    })
  })

  it('signs the worked text of the vectors, byte for byte', () => {
    const text = Buffer.from(WORKED_TEXT_HEX, 'hex')
    expect(text).toHaveLength(110)
    expect(createHmac('sha256', secretKey).update(text).digest('base64')).toBe(VECTORS[0][2])
  })

  it.each([
    ['a final line feed', 'Az/+RvzWdpOt1MRNzRMb49hJQbvXeffgZYoge8ngCeo='],
    ['an absolute URL in the first line', 'Bw95RXRXF4zuDoK5+UjdkJSw0DZBSO4WLcoIOUV4zec='],
  ])('does not sign with %s', (_what, signature) => {
    expect(sign({ method: 'POST', path: `/kms/v1/keys/${tag}/sign` }, timestamp).signature).not.toBe(signature)
  })

  it('sends the very timestamp that it signed, in whole milliseconds', () => {
    const path = VECTORS[0][1]
    expect(sign({ method: 'POST', path }, timestamp + 0.7)).toEqual(sign({ method: 'POST', path }, timestamp))
    expect(sign({ method: 'POST', path }, timestamp + 1)).not.toEqual(sign({ method: 'POST', path }, timestamp))
  })

  it('gives a header of 44 characters for any secret', () => {
    const sign = createRequestSigner({ accessKey, secretKey: 'c2VjcmV0LWV4YW1wbGU=' })
    expect(sign({ method: 'POST', path: '/' }, 1).signature).toHaveLength(44)
  })
})

describe('token authentication', () => {
  it('sends the bare token and nothing else', () => {
    const sign = createRequestSigner({ token: 'header.payload.signature' })
    const proof = sign({ method: 'POST', path: '/' }, timestamp)
    expect(proof).toEqual({ headers: ['x-ncp-ocapi-token', 'header.payload.signature'], signature: '' })
  })
})
