import { describe, expect, it } from 'vitest'
import type { WireReply } from './envelope.ts'
import type { VolcengineFailure } from './failure.ts'
import {
  fromKeyResponse,
  fromPublicKeyResponse,
  fromSignResponse,
  fromVerifyResponse,
  isVerifiable,
  toKeyRequest,
  toPublicKeyRequest,
  toSignRequest,
  toVerifyRequest,
  type WireKey,
} from './wire.ts'

const KeyID = '2f7a1c3e-8f6b-4c55-9a0e-0123456789ab'
const byId: WireKey = { selector: { KeyID }, form: 'body' }
const byName: WireKey = { selector: { KeyringName: 'ring_1', KeyName: 'key-1' }, form: 'body' }
const message = { algorithm: 'ECDSA_SHA_256', kind: 'message', payload: Buffer.from('hi?>') } as const
const digest = { algorithm: 'SM2_DSA', kind: 'digest', payload: new Uint8Array(32) } as const
const metadata = { RequestId: '202407082300591051190940398C67B7', Action: 'AsymmetricSign', Version: '2021-02-18' }

function reply(body: unknown, more: Partial<WireReply> = {}): WireReply {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return { status: 200, headers: {}, sentAt: 1_720_450_811_000, hidden: () => [], body: text, ...more }
}

const success = (Result: unknown, more: Partial<WireReply> = {}) => reply({ ResponseMetadata: metadata, Result }, more)

function failure(run: () => unknown): VolcengineFailure {
  try {
    run()
  } catch (error) {
    return error as VolcengineFailure
  }
  throw new Error('Nothing was thrown')
}

const refusal = (answer: WireReply) => failure(() => fromSignResponse(answer, byId))

describe('requests with everything in the body', () => {
  it('signs a message', () => {
    const request = toSignRequest(byId, message)
    expect(request).toMatchObject({
      method: 'POST',
      query: 'Action=AsymmetricSign&Version=2021-02-18',
      hidden: ['aGk/Pg=='],
    })
    expect(JSON.parse(request.body ?? '')).toEqual({
      KeyID,
      MessageType: 'RAW',
      Algorithm: 'ECDSA_SHA_256',
      Message: 'aGk/Pg==',
    })
  })

  it('signs a digest with a key that is named', () => {
    expect(JSON.parse(toSignRequest(byName, digest).body ?? '')).toEqual({
      KeyringName: 'ring_1',
      KeyName: 'key-1',
      MessageType: 'DIGEST',
      Algorithm: 'SM2_DSA',
      Message: Buffer.alloc(32).toString('base64'),
    })
  })

  it('verifies', () => {
    const request = toVerifyRequest(byId, { ...message, signature: Buffer.from([0xff]) })
    expect(request).toMatchObject({ query: 'Action=AsymmetricVerify&Version=2021-02-18', hidden: ['aGk/Pg==', '/w=='] })
    expect(JSON.parse(request.body ?? '')).toMatchObject({ KeyID, Message: 'aGk/Pg==', Signature: '/w==' })
  })

  it('asks for the public key', () => {
    const request = toPublicKeyRequest(byName)
    expect(request).toMatchObject({ method: 'POST', query: 'Action=GetPublicKey&Version=2021-02-18' })
    expect(JSON.parse(request.body ?? '')).toEqual({ KeyringName: 'ring_1', KeyName: 'key-1' })
  })
})

describe('requests in the form of the documents', () => {
  it('has selectors and options in the query, what is signed in the body', () => {
    const request = toSignRequest({ ...byName, form: 'query' }, message)
    expect(request.query).toBe(
      'Action=AsymmetricSign&Algorithm=ECDSA_SHA_256&KeyName=key-1&KeyringName=ring_1&MessageType=RAW&Version=2021-02-18',
    )
    expect(JSON.parse(request.body ?? '')).toEqual({ Message: 'aGk/Pg==' })
    const verify = toVerifyRequest({ ...byName, form: 'query' }, { ...message, signature: Buffer.from([0xff]) })
    expect(JSON.parse(verify.body ?? '')).toEqual({ Message: 'aGk/Pg==', Signature: '/w==' })
  })

  it('asks for the public key with GET and no body', () => {
    expect(toPublicKeyRequest({ ...byId, form: 'query' })).toEqual({
      method: 'GET',
      query: `Action=GetPublicKey&KeyID=${KeyID}&Version=2021-02-18`,
      hidden: [],
    })
  })
})

describe('a sign response', () => {
  it('gives bytes, key id and request id', () => {
    const signature = fromSignResponse(success({ KeyID, Signature: 'AQID', More: 1 }), byId)
    expect(signature).toEqual({ signature: Uint8Array.of(1, 2, 3), keyId: KeyID, requestId: metadata.RequestId })
  })

  it('compares the key id, whatever its case, and takes any for a key that is named', () => {
    expect(fromSignResponse(success({ KeyID: KeyID.toUpperCase(), Signature: 'AQID' }), byId).keyId).toBeDefined()
    const other = success({ KeyID: 'another', Signature: 'AQID' })
    expect(fromSignResponse(other, byName).keyId).toBe('another')
    expect(failure(() => fromSignResponse(other, byId))).toMatchObject({ kind: 'volcengine.integrity', status: 200 })
  })

  it.each([undefined, null, ''])('does without a key id: %j', (missing) => {
    for (const key of [byId, byName]) {
      const answer = fromSignResponse(success({ KeyID: missing, Signature: 'AQID' }), key)
      expect(answer).toEqual({ signature: Uint8Array.of(1, 2, 3), requestId: metadata.RequestId })
    }
  })

  it.each([
    ['no signature', {}],
    ['an empty signature', { Signature: '' }],
    ['a number', { Signature: 1 }],
    ['null', { Signature: null }],
    ['url-safe base64', { Signature: '-_-_' }],
    ['missing padding', { Signature: 'AQI' }],
    ['white space', { Signature: 'AQ ID' }],
    ['bits that are lost', { Signature: 'AB==' }],
    ['a key id that is a number', { Signature: 'AQID', KeyID: 1 }],
  ])('refuses %s', (_what, result) => {
    expect(refusal(success(result))).toMatchObject({ kind: 'volcengine.malformed', requestId: metadata.RequestId })
  })
})

describe('other responses', () => {
  it.each([
    [true, true],
    ['true', true],
    [false, false],
    ['false', false],
  ])('reads SignatureValid %j', (valid, expected) => {
    expect(fromVerifyResponse(success({ KeyID, SignatureValid: valid }), byId)).toBe(expected)
  })

  it.each([
    [0, false],
    [1, true],
    [512, true],
    [4608, true],
    [4609, false],
  ])('takes %i bytes for a signature: %j', (length, expected) => {
    expect(isVerifiable(new Uint8Array(length))).toBe(expected)
  })

  it.each([undefined, null, 1, 'yes'])('refuses SignatureValid %j', (valid) => {
    const kind = failure(() => fromVerifyResponse(success({ SignatureValid: valid }), byId)).kind
    expect(kind).toBe('volcengine.malformed')
  })

  it('does not believe another key’s verdict or public key', () => {
    const answer = success({ KeyID: 'another', SignatureValid: true, PublicKey: 'AA' })
    expect(failure(() => fromVerifyResponse(answer, byId)).kind).toBe('volcengine.integrity')
    expect(failure(() => fromPublicKeyResponse(answer, byId)).kind).toBe('volcengine.integrity')
  })

  it('passes the public key on as it is', () => {
    const answer = fromPublicKeyResponse(success({ KeyID, PublicKey: 'MFkw\nEwY=' }), byId)
    expect(answer).toEqual({ publicKey: 'MFkw\nEwY=', keyId: KeyID, requestId: metadata.RequestId })
    expect(failure(() => fromPublicKeyResponse(success({ KeyID }), byId)).kind).toBe('volcengine.malformed')
  })
})

describe('an answer that is no success', () => {
  const error = (what: unknown, Result?: unknown) => ({ ResponseMetadata: { ...metadata, Error: what }, Result })

  it.each([200, 400, 500])('is refused when there is an Error, even beside a result and with status %i', (status) => {
    const body = error({ CodeN: 1, Code: 'AccessDenied', Message: 'no' }, { KeyID, Signature: 'AQID' })
    expect(refusal(reply(body, { status }))).toMatchObject({
      kind: 'volcengine.refused',
      providerCode: 'AccessDenied',
      providerMessage: 'no',
      requestId: metadata.RequestId,
      status,
    })
  })

  it('is refused in the flat form', () => {
    const body = { HTTPCode: 403, errorcode: 'Reject.Throttling.CMK', message: 'slow down' }
    const facts = { kind: 'volcengine.refused', providerCode: 'Reject.Throttling.CMK', providerMessage: 'slow down' }
    expect(refusal(reply(body, { status: 403 }))).toMatchObject(facts)
  })

  it('keeps a code with a space, and no code that is an echo', () => {
    expect(refusal(reply(error({ Code: 'Not Found' }), { status: 404 })).providerCode).toBe('Not Found')
    expect(refusal(reply(error({ Code: 'a\nb' }), { status: 404 })).providerCode).toBeUndefined()
  })

  it.each(['<html>busy</html>', '', '{"Result', '{}', 'null', '[]', '{"Result":{"Signature":"AQID"}}'])(
    'is malformed with status 200 and %s',
    (body) => expect(refusal(reply(body)).kind).toBe('volcengine.malformed'),
  )

  it('is malformed without a Result', () => {
    expect(refusal(reply({ ResponseMetadata: metadata })).kind).toBe('volcengine.malformed')
  })

  it('is refused with a failing status, whatever else it says', () => {
    expect(refusal(success({ KeyID, Signature: 'AQID' }, { status: 503 }))).toMatchObject({
      kind: 'volcengine.refused',
      status: 503,
    })
  })

  it('keeps the server’s clock and the wait asked for', () => {
    const headers = { date: 'Mon, 08 Jul 2024 15:00:11 GMT', 'retry-after': 'Mon, 08 Jul 2024 15:00:14 GMT' }
    expect(refusal(reply('', { status: 503, headers }))).toMatchObject({
      serverDate: 1_720_450_811_000,
      retryAfterMs: 3000,
    })
  })

  it('hides secrets and payloads that a server echoes', () => {
    const body = error({ Code: 'InvalidParameter', Message: 'token sEcReT, message aGk/Pg==' })
    const found = refusal(reply(body, { status: 400, hidden: () => ['sEcReT', 'aGk/Pg==', ''] }))
    expect(found.providerMessage).toBe('token [hidden], message [hidden]')
  })
})

describe('what the service says of a key', () => {
  const Key = { ID: KeyID, KeyState: 'PendingDelete', KeyUsage: 'SIGN_VERIFY', KeySpec: 'EC_P256' }
  const told = (change: object, more?: Partial<WireReply>) =>
    fromKeyResponse(success({ Key: { ...Key, ...change } }, more), byId)

  it('is asked by id or names, in either form', () => {
    const query = 'Action=DescribeKey&Version=2021-02-18'
    expect(toKeyRequest(byId)).toEqual({ method: 'POST', query, body: JSON.stringify({ KeyID }), hidden: [] })
    const inQuery = 'Action=DescribeKey&KeyName=key-1&KeyringName=ring_1&Version=2021-02-18'
    expect(toKeyRequest({ ...byName, form: 'query' })).toEqual({ method: 'GET', query: inQuery, hidden: [] })
  })

  it('is read where it is used', () => {
    const words = { state: 'PendingDelete', usage: 'SIGN_VERIFY', type: 'EC_P256' }
    const deletionDate = Date.UTC(2027, 0, 9, 15)
    expect(told({ ScheduleDeleteTime: '2027-01-09T23:00:00.000+08:00' })).toEqual({ ...words, deletionDate })
    expect(told({ ScheduleDeleteTime: '', New: [] })).toEqual(words)
    expect(told({ ID: undefined, KeyState: undefined, KeyUsage: '', KeySpec: null })).toEqual({})
  })

  it.each([{ ID: 'another' }, { KeyState: 7 }, { KeyUsage: 'two words' }, { KeySpec: 'x'.repeat(33) }])(
    'is refused with %j',
    (change) => expect(failure(() => told(change)).kind).toMatch(/^volcengine\.(malformed|integrity)$/),
  )

  it('is refused without a key, or when it echoes a secret', () => {
    expect(failure(() => fromKeyResponse(success({}), byId)).kind).toBe('volcengine.malformed')
    const hidden = () => ['TheSecretKey']
    expect(failure(() => told({ KeyState: 'TheSecretKey' }, { hidden })).kind).toBe('volcengine.malformed')
  })
})
