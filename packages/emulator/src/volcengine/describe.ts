import type { Keyring, VolcengineKey } from './keys.ts'
import type { VolcengineSettings } from './settings.ts'

/** The key object of CreateKey, DescribeKey and DescribeKeys. */
export function describeKey(key: VolcengineKey, settings: VolcengineSettings): object {
  const trn = `trn:kms:${key.region}:${settings.accountId}:keyrings/${key.keyringName}/keys/${key.name}`
  return {
    ID: key.id,
    KeyName: key.name,
    Description: key.description,
    KeySpec: key.spec,
    KeyUsage: key.usage,
    KeyState: key.state,
    ProtectionLevel: key.protectionLevel,
    Origin: key.origin,
    CreationDate: Math.floor(key.createdAt / 1000),
    UpdateDate: updateDate(key.updatedAt, settings),
    RotationState: 'Disable',
    LastRotationTime: '',
    ScheduleRotationTime: '',
    ScheduleDeleteTime: key.deletionAt === undefined ? '' : chinaTime(key.deletionAt),
    KeyMaterialExpireTime: '',
    MultiRegion: key.multiRegion,
    ...(key.multiRegion ? { MultiRegionConfiguration: multiRegion(trn, key.region) } : {}),
    Tags: key.tags,
    Trn: trn,
  }
}

/** The keyring object: TRN is upper case here and Trn is not in the key object. */
export function describeKeyring(ring: Keyring, keyCount: number, settings: VolcengineSettings): object {
  return {
    ID: ring.id,
    KeyringName: ring.name,
    KeyringType: ring.type,
    Description: ring.description,
    CreationDate: Math.floor(ring.createdAt / 1000),
    UpdateDate: updateDate(ring.updatedAt, settings),
    UID: settings.accountId,
    TRN: `trn:kms:${ring.region}:${settings.accountId}:keyrings/${ring.name}`,
    KeyCount: keyCount,
    ProjectName: ring.projectName,
  }
}

function multiRegion(trn: string, region: string): object {
  return { MultiRegionKeyType: 'PRIMARY', PrimaryKey: { Trn: trn, Region: region }, ReplicaKeys: [] }
}

function updateDate(time: number, settings: VolcengineSettings): number {
  return settings.updateDateUnit === 'ms' ? time : Math.floor(time / 1000)
}

/** RFC 3339 in China's time zone, as the samples print it. */
export function chinaTime(time: number): string {
  return new Date(time + 8 * 3_600_000).toISOString().replace('Z', '+08:00')
}
