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

/** Signatures without padding or without the characters in question are made anew this often. */
const MOST_TRIES = 40

/** The right answer with its signature in another base64. What has none (a refusal) stays as it is. */
export async function loosenSignature(form: Base64Form, answer: () => Promise<WireResponse>): Promise<WireResponse> {
  let response = await answer()
  for (let tries = 1; tries < MOST_TRIES; tries += 1) {
    const loosened = replaceSignature(response, LOOSEN[form])
    if (loosened.body !== response.body) return loosened
    response = await answer()
  }
  // A length that never has padding: what remains of it is not strict either.
  return replaceSignature(response, (base64) => base64.slice(0, -1))
}

/** The one member that every provider calls a signature, without what NCP puts before the base64. */
function replaceSignature(response: WireResponse, change: (base64: string) => string): WireResponse {
  const body = Buffer.from(response.body).toString('utf8')
  const replaced = body.replace(
    /("signature":")((?:[^":]*:)*)([^":]+)"/i,
    (_all, name: string, prefix: string, base64: string) =>
      `${name}${prefix}${JSON.stringify(change(base64)).slice(1)}`,
  )
  return { ...response, body: replaced }
}
