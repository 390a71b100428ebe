import { randomUUID } from 'node:crypto'
import type { SignerDriver } from '@kmsign/core/driver'
import { OFFERED_ALGORITHMS } from './algorithms.ts'
import { connect } from './client.ts'
import type { AwsCredentials } from './credentials.ts'
import { isInvalidSignature, mapError } from './errors.ts'
import type { AwsConfig, KmsClientLike } from './options.ts'
import {
  fromDescribeOutput,
  fromPublicKeyOutput,
  fromSignOutput,
  fromVerifyOutput,
  toKeyInput,
  toSignInput,
  toVerifyInput,
} from './wire.ts'

/** Speaks AWS KMS for one key, through the AWS SDK. Holds no policy; what it catches is the word for `false`. */
export function createAwsDriver(config: AwsConfig): SignerDriver<AwsCredentials | undefined> {
  const connection = connect(config)
  const { endpoint, region, client } = config
  const where = [endpoint, region && `region ${region}`].filter(Boolean).join(', ')
  return {
    apiVersion: 1,
    provider: 'aws',
    keyId: config.keyId,
    quotaScope: client === undefined ? ownScope(config) : clientScope(client),
    // Asymmetric keys do not rotate: one key id has one public key for life. An alias may move; core asks again then.
    publicKeyBy: 'key',
    algorithms: OFFERED_ALGORITHMS,
    async signPayload(request, attempt) {
      return fromSignOutput(await connection.send('SignCommand', toSignInput(config, request), attempt), config)
    },
    async verifyPayload(request, attempt) {
      try {
        return fromVerifyOutput(await connection.send('VerifyCommand', toVerifyInput(config, request), attempt), config)
      } catch (error) {
        if (isInvalidSignature(error)) return false
        throw error
      }
    },
    async fetchPublicKey(_request, attempt) {
      return fromPublicKeyOutput(await connection.send('GetPublicKeyCommand', toKeyInput(config), attempt), config)
    },
    async describeKey(attempt) {
      return fromDescribeOutput(await connection.send('DescribeKeyCommand', toKeyInput(config), attempt), config)
    },
    mapError: (error) => mapError(error, { where }),
    close: () => connection.close(),
  }
}

/** Rates are granted to an account in a region. */
function ownScope({ endpoint, region }: AwsConfig): string {
  const place = region ?? process.env['AWS_REGION'] ?? 'default'
  return endpoint === undefined ? `aws:${place}` : `aws:${endpoint}:${place}`
}

const scopes = new WeakMap<KmsClientLike, string>()

/** Where a client of the caller's own sends its requests cannot be known without asking it. */
function clientScope(client: KmsClientLike): string {
  const known = scopes.get(client)
  if (known !== undefined) return known
  const scope = `aws:client:${randomUUID()}`
  scopes.set(client, scope)
  return scope
}
