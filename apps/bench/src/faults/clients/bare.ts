import { createHash } from 'node:crypto'
import type { MeasuredClient, Target } from './client.ts'
import type { VolcengineAnswer } from './official.ts'

/** What people write themselves in ten lines: send, parse, read the field. */
export async function bareUndici(target: Target): Promise<MeasuredClient> {
  const { Agent, request } = await import('undici')
  const dispatcher = new Agent()
  return {
    async sign(message) {
      const { url, ...options } = bareRequest(target, message)
      const { body } = await request(url, { ...options, dispatcher })
      return (JSON.parse(await body.text()) as VolcengineAnswer)?.Result?.Signature
    },
    close: () => dispatcher.destroy(),
  }
}

export async function bareFetch(target: Target): Promise<MeasuredClient> {
  return {
    async sign(message) {
      const { url, ...options } = bareRequest(target, message)
      const response = await fetch(url, options)
      return ((await response.json()) as VolcengineAnswer)?.Result?.Signature
    },
    async close() {},
  }
}

/** A request whose signature is only as long as a real one: the raw server reads no signatures. */
function bareRequest({ url, keyId, credentials }: Target, message: Uint8Array) {
  const { accessKeyId, sessionToken = '' } = credentials
  const signature = createHash('sha256').update(message).update(accessKeyId).digest('hex')
  const scope = `${accessKeyId}/20250101/cn-beijing/kms/request`
  return {
    url: `${url}/?Action=AsymmetricSign&Version=2021-02-18`,
    method: 'POST' as const,
    headers: {
      'content-type': 'application/json',
      'x-date': new Date().toISOString().replace(/[-:]|\.\d+/g, ''),
      'x-security-token': sessionToken,
      authorization: `HMAC-SHA256 Credential=${scope}, SignedHeaders=host;x-date, Signature=${signature}`,
    },
    body: JSON.stringify({
      KeyID: keyId,
      Algorithm: 'ECDSA_SHA_256',
      Message: Buffer.from(message).toString('base64'),
    }),
  }
}
