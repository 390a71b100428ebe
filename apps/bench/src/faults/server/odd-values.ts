import type { Received } from './raw-server.ts'

/** What nobody expects in a field. `1e999` stands for the bare number. */
export const ODD_VALUES: readonly [unknown, ...unknown[]] = [
  null,
  {},
  [],
  [null],
  true,
  false,
  0,
  -1,
  1e308,
  '1e999',
  '',
  ' ',
  '\u0000',
  '\ud800',
  '\u202e\u2066',
  '__proto__',
  'constructor',
  'toString',
  'ncpkms:v1:',
  'ncpkms:v0:AAAA',
  'ncpkms:v1:AAAA',
  'ncpkms:v99999999999999999999:AAAA',
  ':::',
  'AAAA',
  'A===',
  '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----',
  '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
  'MEUCIQD/////////////////////////////////////////AiB/////',
  'x'.repeat(5_000),
  { toString: 1, valueOf: null },
  { __type: 'X' },
  { Error: { Code: {}, Message: [] } },
  { errorCode: [], message: {} },
  [[[[[[]]]]]],
]

/** Parts of the request itself, which must not come back in an error. */
export function echoes(request: Received | undefined): readonly [string, ...string[]] {
  if (request === undefined) return ['echo']
  const { headers, body, target } = request
  const signature = headers['authorization'] ?? headers['x-ncp-apigw-signature-v2'] ?? ''
  const token = headers['x-security-token'] ?? headers['x-amz-security-token'] ?? headers['x-ncp-iam-access-key'] ?? ''
  const all = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  return [signature, signature.slice(-64), token, body, target, all.join('\n'), `no: ${signature}`, `(${body})`]
}
