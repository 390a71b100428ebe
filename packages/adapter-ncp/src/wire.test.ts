import { describe, expect, it } from 'vitest'
import { failureOf, type WireReply } from './envelope.ts'
import type { NcpFailure } from './failure.ts'
import {
  fromAccessTokenResponse,
  fromKeyResponse,
  fromPublicKeyResponse,
  fromSignResponse,
  fromVerifyResponse,
  toAccessTokenRequest,
  toKeyRequest,
  toPublicKeyRequest,
  toSignRequest,
  toVerifyRequest,
} from './wire.ts'

const key = { keyTag: 'a1b2c3', apiVersion: '2.0' } as const
const message = Buffer.from('ncp-kms-dossier-vector-1', 'utf8')
const data = 'bmNwLWttcy1kb3NzaWVyLXZlY3Rvci0x'
const base64 = 'MEUCIQDJaOEUE+2PZxsv7Nd88939dB7nflZnFrCTeMoZGXRQgwIgVIqWPB9IKuVhpLD9f1R27O9rUGuBIHN6z3nYhgYvZeY='

function reply(body: unknown, more: Partial<WireReply> = {}): WireReply {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const fixed = {
    status: 200,
    headers: {},
    traceId: undefined,
    authentication: 'account',
    sentAt: 1_700_000_000_000,
    hidden: () => [],
  } as const
  return { ...fixed, body: text, ...more }
}

const success = (fields: unknown, more: Partial<WireReply> = {}) => reply({ code: 'SUCCESS', data: fields }, more)

function failure(run: () => unknown): NcpFailure {
  try {
    run()
  } catch (error) {
    return error as NcpFailure
  }
  throw new Error('Nothing was thrown')
}

describe('requests', () => {
  it('signs on the paths of both APIs, the tag percent-encoded', () => {
    expect(toSignRequest(key, message)).toEqual({
      method: 'POST',
      path: '/kms/v1/keys/a1b2c3/sign',
      body: `{"data":"${data}"}`,
      hidden: [data],
    })
    const odd = { keyTag: 'a/b c?#%é', apiVersion: '1.0' } as const
    expect(toSignRequest(odd, message).path).toBe('/keys/v2/a%2Fb%20c%3F%23%25%C3%A9/sign')
  })

  it('verifies the whole signature text, rebuilt from the version', () => {
    const signature = Buffer.from(base64, 'base64')
    const request = toVerifyRequest(key, { message, signature, keyVersion: '12' }, 'required')
    expect(request.path).toBe('/kms/v1/keys/a1b2c3/verify')
    expect(JSON.parse(String(request.body))).toEqual({ data, signature: `ncpkms:v12:${base64}` })
    const bare = toVerifyRequest(key, { message, signature }, 'optional')
    expect(JSON.parse(String(bare.body))).toEqual({ data, signature: base64 })
  })

  it.each([undefined, '', '0', '01', '-1', '1.5', 'v1', '1 ', '9'.repeat(16)])(
    'refuses to verify version %j',
    (version) => {
      const input = { message, signature: message, ...(version !== undefined && { keyVersion: version }) }
      expect(failure(() => toVerifyRequest(key, input, 'required')).kind).toBe('ncp.argument')
    },
  )

  it('asks for the public key of a version, as a number, or for the newest', () => {
    expect(toPublicKeyRequest(key, '3').body).toBe('{"keyVersion":3}')
    expect(toPublicKeyRequest(key, undefined)).toMatchObject({ path: '/kms/v1/keys/a1b2c3/get-pub-key', body: '{}' })
    expect(failure(() => toPublicKeyRequest(key, 'latest')).kind).toBe('ncp.argument')
  })

  it('asks for an access token', () => {
    expect(toAccessTokenRequest(key)).toMatchObject({ method: 'POST', path: '/kms/v1/keys/a1b2c3/access-token' })
  })
})

describe('a sign response', () => {
  it('gives bytes, version and trace id', () => {
    const traceId = 'trace-1'
    const signature = fromSignResponse(success({ signature: `ncpkms:v7:${base64}` }, { traceId }), 'required')
    expect(signature).toEqual({ signature: expect.any(Uint8Array), keyVersion: '7', requestId: 'trace-1' })
    expect(Buffer.from(signature.signature).toString('base64')).toBe(base64)
    expect(signature.signature).not.toBeInstanceOf(Buffer)
  })

  it.each(['success', 'Success', 'SUCCESS'])('takes code %s, and fields that nobody documents', (code) => {
    const body = { code, msg: '', extra: [1], data: { signature: `ncpkms:v1:${base64}`, more: {} } }
    expect(fromSignResponse(reply(body), 'required').keyVersion).toBe('1')
  })

  it('takes bare base64 only where the prefix is optional', () => {
    expect(fromSignResponse(success({ signature: base64 }), 'optional')).toEqual({ signature: expect.any(Uint8Array) })
    expect(failure(() => fromSignResponse(success({ signature: base64 }), 'required')).kind).toBe('ncp.malformed')
  })

  it.each([
    ['no signature', {}],
    ['an empty signature', { signature: '' }],
    ['a number', { signature: 1 }],
    ['an empty signature after the prefix', { signature: 'ncpkms:v1:' }],
    ['another word', { signature: `vault:v1:${base64}` }],
    ['the word in capitals', { signature: `NCPKMS:v1:${base64}` }],
    ['no version', { signature: `ncpkms:${base64}` }],
    ['an empty version', { signature: `ncpkms::${base64}` }],
    ['version 0', { signature: `ncpkms:v0:${base64}` }],
    ['a leading zero', { signature: `ncpkms:v01:${base64}` }],
    ['a version without its v', { signature: `ncpkms:1:${base64}` }],
    ['a third colon', { signature: `ncpkms:v1:x:${base64}` }],
    ['a space before', { signature: ` ncpkms:v1:${base64}` }],
    ['url-safe base64', { signature: `ncpkms:v1:${base64.replaceAll('+', '-')}` }],
    ['missing padding', { signature: `ncpkms:v1:${base64.replaceAll('=', '')}` }],
    ['a line feed in the base64', { signature: `ncpkms:v1:${base64.slice(0, 8)}\n${base64.slice(8)}` }],
    ['bits that are lost', { signature: 'ncpkms:v1:AB==' }],
  ])('refuses %s', (_what, fields) => {
    for (const prefix of ['required', 'optional'] as const) {
      expect(failure(() => fromSignResponse(success(fields), prefix)).kind).toBe('ncp.malformed')
    }
  })
})

describe('other responses', () => {
  it.each([
    [true, true],
    ['true', true],
    [false, false],
    ['false', false],
  ])('reads valid %j', (valid, expected) => expect(fromVerifyResponse(success({ valid }))).toBe(expected))

  it.each([undefined, null, 1, 'yes', 'TRUE'])('refuses valid %j', (valid) => {
    expect(failure(() => fromVerifyResponse(success({ valid }))).kind).toBe('ncp.malformed')
  })

  it('passes the public key on as it is', () => {
    const traceId = 't'
    expect(fromPublicKeyResponse(success({ publicKey: '-----BEGIN…' }, { traceId }))).toEqual({
      pem: '-----BEGIN…',
      requestId: 't',
    })
    expect(failure(() => fromPublicKeyResponse(success({ publicKey: '' }))).kind).toBe('ncp.malformed')
  })

  it('takes an access token only if it can go into a header', () => {
    expect(fromAccessTokenResponse(success({ accessToken: 'a.b.c' }))).toBe('a.b.c')
    for (const accessToken of [undefined, '', 'a b', 'a\r\nx: y', 1]) {
      expect(failure(() => fromAccessTokenResponse(success({ accessToken }))).kind).toBe('ncp.malformed')
    }
  })
})

describe('an answer that is no success', () => {
  it.each([
    ['HTML', '<html>busy</html>'],
    ['nothing', ''],
    ['half of it', '{"code":"SUCCESS","data":{"sig'],
    ['an empty object', '{}'],
    ['null', 'null'],
    ['a list', '[]'],
    ['no data', '{"code":"SUCCESS"}'],
    ['data that is null', '{"code":"SUCCESS","data":null}'],
    ['a signature without an envelope', `{"signature":"ncpkms:v1:${base64}"}`],
    ['code true', '{"code":true,"data":{}}'],
  ])('is malformed with status 200 and %s', (_what, body) => {
    expect(failureOf(reply(body))?.kind).toBe('ncp.malformed')
  })

  it.each([
    ['a gateway code as text', { error: { errorCode: '200', message: 'M', details: 'D' } }, '200', 'M: D'],
    ['a gateway code as a number', { error: { errorCode: 410, message: 'M' } }, '410', 'M'],
    ['a service code with msg', { code: 'FORBIDDEN', msg: 'Forbidden', data: null }, 'FORBIDDEN', 'Forbidden'],
    ['a service code with message', { code: 'FORBIDDEN', message: 'Forbidden' }, 'FORBIDDEN', 'Forbidden'],
    ['a code that is an echo', { code: 'a secret\nvalue', msg: '' }, undefined, undefined],
  ])('is refused with %s, whatever the status', (_what, body, providerCode, providerMessage) => {
    for (const status of [200, 401, 500]) {
      const found = failureOf(reply(body, { status }))
      expect(found?.kind).toBe('ncp.refused')
      expect([found?.providerCode, found?.providerMessage, found?.status]).toEqual([
        providerCode,
        providerMessage,
        status,
      ])
    }
  })

  it('is refused with a failing status, even when the body speaks of success', () => {
    const body = { code: 'SUCCESS', data: { signature: `ncpkms:v1:${base64}` } }
    expect(failureOf(reply(body, { status: 503 }))).toMatchObject({ kind: 'ncp.refused', status: 503 })
  })

  it('keeps the times of both clocks and the wait asked for', () => {
    const headers = { date: 'Tue, 14 Nov 2023 22:13:20 GMT', 'retry-after': '3' }
    const times = { sentAt: 1_700_000_000_000, serverDate: 1_700_000_000_000, retryAfterMs: 3000, requestId: 't' }
    expect(failureOf(reply('', { status: 429, headers, traceId: 't' }))).toMatchObject(times)
  })

  it('hides secrets and payloads that a server echoes', () => {
    const hidden = () => ['TestSecretKey', data]
    const found = failureOf(reply({ code: 'X', msg: `got ${data} by TestSecretKey` }, { hidden }))
    expect(found?.providerMessage).toBe('got [hidden] by [hidden]')
  })
})

describe('what the service says of a key', () => {
  const info = { keyTag: 'a1b2c3', keyType: 'AES256', status: 'REVOKE', destroyDate: 1_800_000_000_000, memo: 'any' }
  const told = (data: unknown, more?: Partial<WireReply>) =>
    fromKeyResponse(reply({ code: 'SUCCESS', data }, more), key)

  it('is asked without a body, and read where it is used', () => {
    expect(toKeyRequest(key)).toEqual({ method: 'GET', path: '/kms/v1/keys/a1b2c3', hidden: [] })
    expect(told(info)).toEqual({ state: 'REVOKE', type: 'AES256', deletionDate: 1_800_000_000_000 })
    expect(told({ status: 'ENABLE', destroyDate: null })).toEqual({ state: 'ENABLE' })
    expect(told({})).toEqual({})
  })

  it.each([{ keyTag: 'another' }, { status: 7 }, { status: 'two words' }, { keyType: 'x'.repeat(33) }])(
    'is refused with %j',
    (change) => expect(() => told({ ...info, ...change })).toThrow(/^data\.key|^data\.status/),
  )

  it('is refused when it echoes a secret', () => {
    expect(() => told({ status: 'TestSecretKey' }, { hidden: () => ['TestSecretKey'] })).toThrow('data.status')
  })
})
