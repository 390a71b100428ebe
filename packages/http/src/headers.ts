import type { HttpResponse } from './message.ts'

type Headers = HttpResponse['headers']

const MONTHS = 'Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec'
const TIME = '\\d{2}:\\d{2}:\\d{2}'
/** The three date formats of RFC 9110 §5.6.7. `Date.parse` alone takes `-5` and `1.5` for dates too. */
const IMF_FIXDATE = new RegExp(`^[A-Z][a-z]{2}, \\d{2} (?:${MONTHS}) \\d{4} ${TIME} GMT$`)
const RFC_850 = new RegExp(`^[A-Z][a-z]{5,8}, \\d{2}-(?:${MONTHS})-\\d{2} ${TIME} GMT$`)
const ASCTIME = new RegExp(`^[A-Z][a-z]{2} (?:${MONTHS}) [ \\d]\\d ${TIME} \\d{4}$`)

/**
 * Its objects inherit nothing that has a name. `Object.create(null)` makes a hash table, which is four times as large, and
 * this one is made for every answer; `node:querystring` does the same.
 */
class Bare {
  [name: string]: string
}
Reflect.deleteProperty(Bare.prototype, 'constructor')
Object.setPrototypeOf(Bare.prototype, null)

/** Names and values in turn, as they came. */
export type RawHeaders = readonly Buffer[]

/** The first value of every header, in an object that inherits nothing. */
export function firstValues(headers: RawHeaders): Headers {
  const first = new Bare()
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = textOf(headers, index).toLowerCase()
    first[name] ??= textOf(headers, index + 1)
  }
  return first
}

/** The first value of one header; the length of its name spares most of the others being read at all. */
export function firstValue(headers: RawHeaders, name: string): string | undefined {
  for (let index = 0; index + 1 < headers.length; index += 2) {
    if (headers[index]?.length !== name.length || textOf(headers, index).toLowerCase() !== name) continue
    return textOf(headers, index + 1)
  }
  return undefined
}

function textOf(headers: RawHeaders, index: number): string {
  return headers[index]?.toString('latin1') ?? ''
}

/**
 * How long the server asks to wait, from `retry-after` (delta seconds or an HTTP date).
 *
 * @param now epoch milliseconds to count a date from
 * @returns milliseconds, 0 for a date in the past; undefined if the header is absent or nonsense
 */
export function retryAfterMs(headers: Headers, now: number): number | undefined {
  const text = headers['retry-after']?.trim()
  if (text === undefined) return undefined
  if (/^\d{1,10}$/.test(text)) return Number(text) * 1000
  const date = parseHttpDate(text)
  return date === undefined ? undefined : Math.max(0, date - now)
}

/** The server's clock, epoch milliseconds, from the `date` header; undefined if it is absent or nonsense. */
export function serverDate(headers: Headers): number | undefined {
  const { date } = headers
  return date === undefined ? undefined : parseHttpDate(date.trim())
}

/** A Date header says whole seconds: the server's time is up to this much later. */
const DATE_PRECISION_MS = 999

/**
 * Whether the server's clock is outside the window that it grants to requests.
 *
 * @param sentAt the time that the request was signed with, epoch milliseconds
 * @param date the server's time when it answered, from {@link serverDate}
 * @returns false when either time is not known
 */
export function isOutsideClockWindow(sentAt: number | undefined, date: number | undefined, windowMs: number): boolean {
  if (sentAt === undefined || date === undefined) return false
  return sentAt - date >= windowMs || date + DATE_PRECISION_MS - sentAt >= windowMs
}

function parseHttpDate(text: string): number | undefined {
  let time = Number.NaN
  if (IMF_FIXDATE.test(text) || RFC_850.test(text)) time = Date.parse(text)
  else if (ASCTIME.test(text)) time = Date.parse(`${text} GMT`)
  return Number.isNaN(time) ? undefined : time
}
