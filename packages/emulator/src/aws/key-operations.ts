import { type AwsKeyUsage, isKeySpec, specRow } from './algorithms.ts'
import { type AwsCall, findKey, integer, optionalText, requiredText } from './call.ts'
import { AwsRefusal, validation } from './errors.ts'
import type { AwsKey } from './keys.ts'

const DAY_MS = 86_400_000

export function createKey(call: AwsCall): object {
  const { service, now } = call
  const spec = optionalText(call, 'KeySpec') ?? optionalText(call, 'CustomerMasterKeySpec') ?? 'SYMMETRIC_DEFAULT'
  if (!isKeySpec(spec)) throw validation('keySpec', 'Member must satisfy enum value set')
  if (spec === 'SM2' && service.settings.sm2Region === 'china' && !service.region.startsWith('cn-')) {
    throw new AwsRefusal('UnsupportedOperationException', 'SM2 is available in China Regions alone.')
  }
  const usage = optionalText(call, 'KeyUsage') ?? (spec === 'SYMMETRIC_DEFAULT' ? 'ENCRYPT_DECRYPT' : undefined)
  if (usage === undefined) {
    const message = 'You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.'
    throw new AwsRefusal('ValidationException', message)
  }
  if (!isUsage(usage, specRow(spec).usages)) {
    throw new AwsRefusal('ValidationException', `KeyUsage ${usage} is not compatible with KeySpec ${spec}`)
  }
  const origin = optionalText(call, 'Origin') ?? 'AWS_KMS'
  if (origin !== 'AWS_KMS' && origin !== 'EXTERNAL') throw new AwsRefusal('UnsupportedOperationException', 'Origin')
  const description = optionalText(call, 'Description') ?? ''
  if (description.length > 8192) throw validation('description', 'Member must have length less than or equal to 8192')
  const key = service.keys.add({ spec, usage, origin, description }, service.arnPrefix, now)
  return { KeyMetadata: describe(key, service.settings.accountId) }
}

export function createAlias(call: AwsCall): undefined {
  const alias = requiredText(call, 'AliasName', 'aliasName', 256)
  if (!/^alias\/[a-zA-Z0-9/_-]+$/.test(alias))
    throw validation('aliasName', 'Member must satisfy regular expression pattern: ^alias/[a-zA-Z0-9/_-]+$')
  if (alias.startsWith('alias/aws/')) throw new AwsRefusal('InvalidAliasNameException', 'alias/aws/ is reserved.')
  if (call.service.keys.aliasTarget(alias) !== undefined) {
    throw new AwsRefusal(
      'AlreadyExistsException',
      `An alias with the name ${call.service.arnPrefix}${alias} already exists`,
    )
  }
  const target = requiredText(call, 'TargetKeyId', 'targetKeyId', 2048)
  const key = findKey({ ...call, input: { KeyId: target } }, { aliases: false })
  call.service.keys.setAlias(alias, key.id)
}

export function describeKey(call: AwsCall): object {
  return { KeyMetadata: describe(findKey(call, { aliases: true }), call.service.settings.accountId) }
}

export function listKeys(call: AwsCall): object {
  const limit = integer(call, 'Limit', 100, 1, 1000)
  const marker = optionalText(call, 'Marker')
  const all = call.service.keys.all()
  const start = marker === undefined ? 0 : all.findIndex((key) => key.id === marker)
  if (start < 0) throw new AwsRefusal('InvalidMarkerException', 'Could not deserialize marker')
  const Keys = all.slice(start, start + limit).map((key) => ({ KeyId: key.id, KeyArn: key.arn }))
  const next = all[start + limit]
  return next ? { Keys, Truncated: true, NextMarker: next.id } : { Keys, Truncated: false }
}

export function enableKey(call: AwsCall): undefined {
  setState(call, 'Enabled')
}

export function disableKey(call: AwsCall): undefined {
  setState(call, 'Disabled')
}

export function scheduleKeyDeletion(call: AwsCall): object {
  const days = integer(call, 'PendingWindowInDays', 30, 7, 30)
  const key = findKey(call, { aliases: false })
  if (key.state === 'PendingDeletion') throw pendingDeletion(key)
  key.state = 'PendingDeletion'
  key.deletionAt = call.now + days * DAY_MS
  call.service.keys.save(key)
  return { KeyId: key.arn, DeletionDate: seconds(key.deletionAt), KeyState: key.state, PendingWindowInDays: days }
}

export function cancelKeyDeletion(call: AwsCall): object {
  const key = findKey(call, { aliases: false })
  if (key.state !== 'PendingDeletion') {
    throw new AwsRefusal('KMSInvalidStateException', `${key.arn} is not pending deletion.`)
  }
  key.state = 'Disabled'
  key.deletionAt = undefined
  call.service.keys.save(key)
  return { KeyId: key.arn }
}

export function isUsage(usage: string, allowed: readonly AwsKeyUsage[]): usage is AwsKeyUsage {
  return (allowed as readonly string[]).includes(usage)
}

function setState(call: AwsCall, state: 'Enabled' | 'Disabled'): undefined {
  const key = findKey(call, { aliases: false })
  if (key.state === 'PendingDeletion') throw pendingDeletion(key)
  if (key.state === 'PendingImport') throw new AwsRefusal('KMSInvalidStateException', `${key.arn} is pending import.`)
  key.state = state
  call.service.keys.save(key)
}

function pendingDeletion(key: AwsKey): AwsRefusal {
  return new AwsRefusal('KMSInvalidStateException', `${key.arn} is pending deletion.`)
}

function describe(key: AwsKey, accountId: string): object {
  const { signing, encryption } = specRow(key.spec)
  return {
    AWSAccountId: accountId,
    KeyId: key.id,
    Arn: key.arn,
    CreationDate: seconds(key.createdAt),
    Enabled: key.state === 'Enabled',
    Description: key.description,
    KeyUsage: key.usage,
    KeyState: key.state,
    ...(key.deletionAt === undefined ? {} : { DeletionDate: seconds(key.deletionAt) }),
    Origin: key.origin,
    KeyManager: 'CUSTOMER',
    CustomerMasterKeySpec: key.spec,
    KeySpec: key.spec,
    ...(key.usage === 'SIGN_VERIFY' ? { SigningAlgorithms: signing } : {}),
    ...(key.usage === 'ENCRYPT_DECRYPT' ? { EncryptionAlgorithms: encryption } : {}),
    MultiRegion: false,
  }
}

function seconds(time: number): number {
  return time / 1000
}
