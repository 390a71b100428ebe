import type { WireResponse } from '../message.ts'

/** Base64 that a strict reader refuses and `Buffer.from` takes. */
export const BASE64_FORMS = ['whitespace', 'unpadded', 'url', 'trailing'] as const
export type Base64Form = (typeof BASE64_FORMS)[number]

const LOOSEN: Readonly<Record<Base64Form, (base64: string) => string>> = {
  whitespace: (base64) => `${base64}\n`,
  unpadded: (base64) => base64.replace(/=+$/, ''),
  url: (base64) => base64.replaceAll('+', '-').replaceAll('/', '_'),
  trailing: (base64) => `${base64}!!!!`,
}

/** Signatures without padding or without the characters in question are made anew this often, where that helps. */
const MOST_TRIES = 40

/**
 * The right answer with its signature in another base64. What has none (a refusal, another operation) stays as it is, and
 * is asked for once: to ask again might make a second key.
 */
export async function loosenSignature(form: Base64Form, answer: () => Promise<WireResponse>): Promise<WireResponse> {
  let response = await answer()
  if (!SIGNATURE.test(textOf(response))) return response
  for (let tries = 1; tries < MOST_TRIES; tries += 1) {
    const loosened = replaceSignature(response, LOOSEN[form])
    if (loosened.body !== response.body) return loosened
    const next = await answer()
    // Ed25519 and PKCS#1 sign the same the same way, however often.
    if (signatureOf(next) === signatureOf(response)) break
    response = next
  }
  // Nothing to spoil in it, or a length that never has padding: what remains of it is not strict either.
  return replaceSignature(response, (base64) => base64.slice(0, -1))
}

/** The one member that every provider calls a signature, without what NCP puts before the base64. */
const SIGNATURE = /("signature":")((?:[^":]*:)*)([^":]+)"/i

function replaceSignature(response: WireResponse, change: (base64: string) => string): WireResponse {
  const body = textOf(response).replace(
    SIGNATURE,
    (_all, name: string, prefix: string, base64: string) =>
      `${name}${prefix}${JSON.stringify(change(base64)).slice(1)}`,
  )
  return { ...response, body }
}

function signatureOf(response: WireResponse): string | undefined {
  return SIGNATURE.exec(textOf(response))?.[0]
}

function textOf({ body }: WireResponse): string {
  return Buffer.from(body).toString('utf8')
}
