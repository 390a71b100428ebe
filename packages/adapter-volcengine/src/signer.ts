import type { AlgorithmFor, Signer } from '@kmsign/core'
import { createSigner } from '@kmsign/core/driver'
import type { VolcengineKeySpec } from './algorithms.ts'
import { createVolcengineDriver } from './driver.ts'
import { parseVolcengineOptions, type VolcengineSignerOptions } from './options.ts'

/**
 * Makes a signer of one Volcengine KMS key. No I/O happens here; the first call connects.
 *
 * Messages of any length can be signed: what is too long for the service is hashed here and signed as a digest, which
 * gives the same signature (SM2: with the public key and `sm2UserId`). How r and s are encoded and how long a PSS salt is,
 * the service does not document; it is found out with the public key.
 *
 * @throws KmsError `KMS_INVALID_CONFIG` with every problem of the options at once
 * @example
 * const signer = createVolcengineSigner({ keyId, algorithm: 'ECDSA_SHA_256', region: 'cn-beijing' })
 * const { signature } = await signer.sign(Buffer.from('hello', 'utf8'))
 */
export function createVolcengineSigner<
  K extends VolcengineKeySpec = VolcengineKeySpec,
  A extends AlgorithmFor<K> = AlgorithmFor<K>,
>(options: VolcengineSignerOptions & { readonly keySpec?: K; readonly algorithm: A }): Signer<A> {
  const { config, signer } = parseVolcengineOptions(options)
  return createSigner(createVolcengineDriver(config), options.algorithm, signer)
}
