import type { AlgorithmFor, Signer } from '@kmsign/core'
import { createSigner } from '@kmsign/core/driver'
import type { TransitAlgorithm, TransitKeySpec } from './algorithms.ts'
import { createTransitDriver } from './driver.ts'
import { parseTransitOptions, type TransitSignerOptions } from './options.ts'

/**
 * Makes a signer of one key of a Vault or OpenBao transit engine. No I/O happens here; the first call connects.
 *
 * @throws KmsError `KMS_INVALID_CONFIG` with every problem of the options at once
 * @example
 * const signer = createTransitSigner({ baseUrl, keyName: 'invoices', algorithm: 'ECDSA_SHA_256' })
 * const { signature, keyVersion } = await signer.sign(Buffer.from('hello', 'utf8'))
 */
export function createTransitSigner<
  K extends TransitKeySpec = TransitKeySpec,
  A extends AlgorithmFor<K> & TransitAlgorithm = AlgorithmFor<K> & TransitAlgorithm,
>(options: TransitSignerOptions & { readonly keySpec?: K; readonly algorithm: A }): Signer<A> {
  const { config, signer } = parseTransitOptions(options)
  return createSigner(createTransitDriver(config), options.algorithm, signer)
}
