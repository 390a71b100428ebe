import { expect } from 'vitest'

/** What a function throws; fails where it throws nothing. */
export function caught(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

/** Matches the refusal of a public key, by the words that say what is wrong with it. */
export function unusable(detail: string) {
  return expect.objectContaining({
    code: 'KMS_INVALID_ARGUMENT',
    message: expect.stringContaining(`the public key ${detail}`),
  })
}
