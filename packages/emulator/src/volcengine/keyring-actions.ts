import { assertName, selectKeyring, type VolcengineCall } from './call.ts'
import { describeKeyring } from './describe.ts'
import { invalidParameter } from './errors.ts'
import { readDescription } from './key-actions.ts'
import { filterBy, KEYRING_FILTERS, paginate } from './listing.ts'

/** Regions that the endpoint page names (docs/6476/1529726). */
const REGIONS = ['cn-beijing', 'cn-shanghai', 'ap-southeast-1', 'ap-southeast-3'] as const
const KEYRING_TYPES = ['CustomKeyring', 'ManagedKeyring', 'ServiceKeyring']

export function createKeyring(call: VolcengineCall): object {
  const { parameters, region, service } = call
  const name = assertName(parameters, 'KeyringName')
  if (service.keys.keyrings(region).some((ring) => ring.name === name)) throw invalidParameter('KeyringName')
  const type = parameters.text('KeyringType') ?? 'CustomKeyring'
  if (!KEYRING_TYPES.includes(type)) throw invalidParameter('KeyringType')
  const projectName = parameters.text('ProjectName') ?? 'default'
  const description = readDescription(call, '')
  const ring = service.keys.addKeyring({ region, name, type, projectName, description }, call.now)
  return { Keyring: describeKeyring(ring, 0, service.settings) }
}

export function queryKeyring(call: VolcengineCall): object {
  const ring = selectKeyring(call)
  return { Keyring: { ...describeKeyring(ring, countKeys(call, ring.id), call.service.settings) } }
}

/** DescribeKeyrings, docs/6476/1337075. */
export function describeKeyrings(call: VolcengineCall): object {
  const { keys, settings } = call.service
  const project = call.parameters.text('ProjectName')
  const inProject = keys.keyrings(call.region).filter((ring) => project === undefined || ring.projectName === project)
  const { items, pageInfo } = paginate(call, filterBy(call, inProject, KEYRING_FILTERS))
  const shown = items.map((ring) => describeKeyring(ring, countKeys(call, ring.id), settings))
  return { Keyrings: shown, PageInfo: pageInfo }
}

export function describeRegions(): object {
  return { Regions: REGIONS.map((RegionId) => ({ RegionId })) }
}

function countKeys(call: VolcengineCall, keyringId: string): number {
  return call.service.keys.keys(call.region).filter((key) => key.keyringId === keyringId).length
}
