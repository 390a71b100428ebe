import { randomInt } from 'node:crypto'

/**
 * Chooses how the emulator decides what providers leave undocumented, anew for each run of the tests: what passes under
 * every profile depends on none of them. A run is repeated with the variable that is printed.
 */
export function setup(): void {
  const given = process.env['KMSIGN_PROFILE_SEED']
  if (given !== undefined && !/^\d{1,15}$/.test(given)) throw new Error('KMSIGN_PROFILE_SEED must be a whole number')
  const seed = given ?? String(randomInt(2 ** 31))
  // The processes that run the tests are started later and inherit it.
  process.env['KMSIGN_PROFILE_SEED'] = seed
  console.log(`The emulator's profiles are those of KMSIGN_PROFILE_SEED=${seed}`)
}
