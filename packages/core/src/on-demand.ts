type SpecialChecks = typeof import('./special-checks.ts')

let atHand: SpecialChecks | undefined

/** Undefined until they are loaded: who has bytes that are not its own copies them before it waits. */
export function specialChecksAtHand(): SpecialChecks | undefined {
  return atHand
}

/** RSA from a digest, PSS salts and SM2: loaded with the first signature that needs them. */
export async function loadSpecialChecks(): Promise<SpecialChecks> {
  atHand ??= await import('./special-checks.ts')
  return atHand
}
