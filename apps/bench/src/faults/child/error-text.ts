import { inspect } from 'node:util'

/** Everything that a log could show of an error. */
export interface ErrorText {
  /** Name, code and the beginning of the message. */
  readonly summary: string
  readonly code: string
  readonly isKmsError: boolean
  /** All of it: inspect to depth 10 with hidden properties, JSON, stack, the chain of causes. */
  readonly whole: string
  readonly jsonBytes: number
  readonly jsonFails: boolean
  readonly inspectBytes: number
}

const SUMMARY_LENGTH = 120
const MAX_CAUSES = 10

export function describeError(error: unknown): ErrorText {
  const { name, code, message } = (typeof error === 'object' && error !== null ? error : {}) as Record<string, unknown>
  const shown = attempt(() => inspect(error, { depth: 10 }))
  const hidden = attempt(() => inspect(error, INSPECT_ALL))
  const json = attempt(() => JSON.stringify(error) ?? '')
  const texts = [shown, hidden, json].map((result) => ('text' in result ? result.text : ''))
  return {
    summary: `${String(name)} ${String(code ?? '')}: ${String(message)}`.slice(0, SUMMARY_LENGTH),
    code: String(code ?? name),
    isKmsError: String(code).startsWith('KMS_'),
    whole: [...texts, ...causes(error)].join('\n'),
    jsonBytes: 'text' in json ? Buffer.byteLength(json.text) : 0,
    jsonFails: !('text' in json),
    inspectBytes: 'text' in shown ? shown.text.length : 0,
  }
}

const INSPECT_ALL = {
  depth: 10,
  showHidden: true,
  maxStringLength: Number.POSITIVE_INFINITY,
  maxArrayLength: Number.POSITIVE_INFINITY,
} as const

function attempt(make: () => string): { readonly text: string } | { readonly failed: true } {
  try {
    return { text: make() }
  } catch {
    return { failed: true }
  }
}

function causes(error: unknown): string[] {
  const found: string[] = []
  let current: unknown = error
  for (let depth = 0; depth < MAX_CAUSES && typeof current === 'object' && current !== null; depth += 1) {
    const { stack, message, cause } = current as Record<string, unknown>
    found.push(String(stack), String(message), String(current))
    current = cause
  }
  return found
}
