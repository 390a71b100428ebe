/** An end of the demo that is told in one sentence. */
export class Refusal extends Error {
  /** 2: the command line is wrong. 1: something else. */
  readonly exitCode: 1 | 2

  constructor(message: string, exitCode: 1 | 2) {
    super(message)
    this.exitCode = exitCode
  }
}

/** The system's code of an error, such as ENOENT. */
export function systemCode(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : 'unknown error'
}
