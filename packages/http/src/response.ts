import { firstValue, firstValues, type RawHeaders } from './headers.ts'
import type { HttpResponse } from './message.ts'

/** An answer whose headers become text when somebody asks for them: nobody does for most signatures. */
export class Response implements HttpResponse {
  readonly status: number
  readonly body: string
  readonly #raw: RawHeaders
  #headers: HttpResponse['headers'] | undefined

  constructor(status: number, headers: RawHeaders, body: string) {
    this.status = status
    this.body = body
    this.#raw = headers
  }

  get headers(): HttpResponse['headers'] {
    this.#headers ??= firstValues(this.#raw)
    return this.#headers
  }

  header(name: string): string | undefined {
    return firstValue(this.#raw, name)
  }
}
