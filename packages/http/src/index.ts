/**
 * One bounded HTTP attempt over undici, and what adapters read out of answers and failures. For authors of adapters: it
 * repeats nothing and knows no cloud.
 *
 * @module @kmsign/http
 */
export { createHttpClient, type HttpClient } from './client.ts'
export type {
  HttpDispatchController,
  HttpDispatcher,
  HttpDispatchHandler,
  HttpDispatchOptions,
} from './dispatcher.ts'
export { isEcho, remoteText } from './echoes.ts'
export { type HttpError, type HttpErrorCode, type HttpPhase, isHttpError } from './errors.ts'
export { isOutsideClockWindow, retryAfterMs, serverDate } from './headers.ts'
export { codeOfStatus, type MappedHttpCode, type MappedHttpError, mapHttpError } from './mapped-error.ts'
export type { HttpCancellation, HttpRequest, HttpResponse } from './message.ts'
export {
  checkHttpOptions,
  type HttpClientOptions,
  type HttpOptionProblem,
  type UncheckedHttpOptions,
} from './options.ts'
export { parseJson, sanitizeText } from './response-text.ts'
