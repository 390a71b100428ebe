/** A repeatable source of chance: what a seed found once can be found again. */
export interface Random {
  /** From 0 up to 1, 1 excluded. */
  next(): number
  /** A whole number from 0 up to `limit`, `limit` excluded. */
  below(limit: number): number
  chance(share: number): boolean
  pick<T>(choices: readonly [T, ...T[]]): T
  bytes(length: number): Buffer
}

/** A generator of 32 bits of state (splitmix): small, even, and the same everywhere. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x9e3779b9) >>> 0
    let mixed = state
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32
  }
  const below = (limit: number): number => Math.floor(next() * limit)
  return {
    next,
    below,
    chance: (share) => next() < share,
    pick: (choices) => choices[below(choices.length)] ?? choices[0],
    bytes: (length) => Buffer.from(Array.from({ length }, () => below(256))),
  }
}

/** One seed out of two, so that every case has its own. */
export function mixSeeds(seed: number, index: number): number {
  return Math.imul(seed ^ 0x85ebca6b, 0x9e3779b1) ^ Math.imul(index + 1, 0xc2b2ae35)
}
