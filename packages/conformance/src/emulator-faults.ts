import type { FaultKind } from './declaration.ts'
import type { FaultSettings } from './harness.ts'

/** Each fault of the kit as the emulator's script has it. */
const EMULATOR_FAULTS: { readonly [K in FaultKind]: { readonly kind: string; readonly [setting: string]: unknown } } = {
  throttled: { kind: 'throttle' },
  unavailable: { kind: 'status', status: 503 },
  internal: { kind: 'status', status: 500 },
  'gateway-timeout': { kind: 'html', status: 504 },
  'unknown-code': { kind: 'status', status: 418, code: 'TeapotException' },
  denied: { kind: 'access-denied' },
  page: { kind: 'html', status: 502 },
  redirect: { kind: 'redirect' },
  hang: { kind: 'hang' },
  slow: { kind: 'delay' },
  reset: { kind: 'reset-before' },
  truncated: { kind: 'truncate' },
  'not-json': { kind: 'not-json' },
  empty: { kind: 'empty-object' },
  oversized: { kind: 'oversized' },
  'corrupt-signature': { kind: 'corrupt-signature' },
  'swapped-signature': { kind: 'swap-signature' },
  'double-hash': { kind: 'double-hash' },
  'wrong-key-id': { kind: 'wrong-key-id' },
  'base64-whitespace': { kind: 'loose-base64', form: 'whitespace' },
  'base64-unpadded': { kind: 'loose-base64', form: 'unpadded' },
  'base64-url': { kind: 'loose-base64', form: 'url' },
  'base64-trailing': { kind: 'loose-base64', form: 'trailing' },
  echo: { kind: 'echo' },
}

/** A fault in the emulator's terms. */
export function toEmulatorFault(kind: FaultKind, { operation, times, ms }: Required<FaultSettings>) {
  return { ...EMULATOR_FAULTS[kind], operation, times, ...(kind === 'slow' && { ms }) }
}
