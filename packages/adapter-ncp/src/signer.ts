import type { AlgorithmFor, Signer } from '@kmsign/core'
import { createSigner } from '@kmsign/core/driver'
import type { NcpAlgorithm, NcpKeySpec } from './algorithms.ts'
import { createNcpDriver } from './driver.ts'
import { type NcpSignerOptions, parseNcpOptions } from './options.ts'

/**
 * Makes a signer of one NAVER Cloud (NCP) KMS key. No I/O happens here; the first call connects.
 *
 * NCP signs messages of up to 8 KB, never digests: `signDigest` is `KMS_UNSUPPORTED`, and a longer message is
 * `KMS_MESSAGE_TOO_LARGE`. Which padding, salt and encoding a key uses is not documented; it is found out with the
 * public key of the version that signed.
 *
 * @throws KmsError `KMS_INVALID_CONFIG` with every problem of the options at once
 * @example
 * const signer = createNcpSigner({ keyTag, algorithm: 'ECDSA_SHA_256' })
 * const { signature } = await signer.sign(Buffer.from('hello', 'utf8'))
 */
export function createNcpSigner<
  K extends NcpKeySpec = NcpKeySpec,
  A extends AlgorithmFor<K> & NcpAlgorithm = AlgorithmFor<K> & NcpAlgorithm,
>(options: NcpSignerOptions & { readonly keySpec?: K; readonly algorithm: A }): Signer<A> {
  const { config, signer } = parseNcpOptions(options)
  return createSigner(createNcpDriver(config), options.algorithm, signer)
}
