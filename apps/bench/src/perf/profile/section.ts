import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Bench } from '../bench.ts'
import type { ClientName } from '../clients/create.ts'
import { openClients } from '../sections/section.ts'
import type { Profile } from './take.ts'

/** Where the profiles themselves go. */
export const PROFILES = fileURLToPath(new URL('../results/profiles/', import.meta.url))
const AT_ONCE = 16
const SLICES = 10

export interface ClientProfile extends Profile {
  readonly client: ClientName
}

/** Where clients spend their time and memory, one client after the other. */
export async function takeProfiles(
  bench: Bench,
  names: readonly ClientName[],
  keepsFiles: boolean,
): Promise<ClientProfile[]> {
  if (keepsFiles) await mkdir(PROFILES, { recursive: true })
  const found: ClientProfile[] = []
  for (const [client, child] of await openClients(bench, names)) {
    bench.progress(`watching ${client}`)
    const ms = bench.effort.sliceMs * SLICES
    const file = keepsFiles ? `${PROFILES}${client}` : undefined
    found.push({ client, ...(await child.ask('profile', { concurrency: AT_ONCE, ms, file })) })
  }
  return found
}
