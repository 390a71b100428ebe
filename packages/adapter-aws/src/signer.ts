import type { AlgorithmFor, Signer } from '@kmsign/core'
import { createSigner } from '@kmsign/core/driver'
import type { AwsKeySpec } from './algorithms.ts'
import { createAwsDriver } from './driver.ts'
import { type AwsSignerOptions, parseAwsOptions } from './options.ts'

/**
 * Makes a signer of one AWS KMS key. No I/O happens here; the first call loads `@aws-sdk/client-kms` and connects.
 *
 * Messages of any length can be signed, with Ed25519 up to 4096 bytes: what is too long or empty is hashed here and
 * signed as a digest (ML-DSA: as external mu), which gives the same signature.
 *
 * @throws KmsError `KMS_INVALID_CONFIG` with every problem of the options at once
 * @example
 * const signer = createAwsSigner({ keyId: 'alias/release', algorithm: 'ECDSA_SHA_256', region: 'eu-west-1' })
 * const { signature } = await signer.sign(Buffer.from('hello', 'utf8'))
 */
export function createAwsSigner<K extends AwsKeySpec = AwsKeySpec, A extends AlgorithmFor<K> = AlgorithmFor<K>>(
  options: AwsSignerOptions & { readonly keySpec?: K; readonly algorithm: A },
): Signer<A> {
  const { config, signer } = parseAwsOptions(options)
  return createSigner(createAwsDriver(config), options.algorithm, signer)
}
