/**
 * What the author of an adapter implements (`SignerDriver`), what makes a signer of it (`createSigner`), and tools to read
 * options and to describe errors. Applications need none of it.
 *
 * @module @kmsign/core/driver
 */
export {
  type Attempt,
  type CallOptions,
  type Cancellation,
  type ConfigIssue,
  type CreateSignerOptions,
  callable,
  checkPair,
  createKmsError,
  createSigner,
  type DriverPublicKey,
  type DriverSignature,
  decodeBase64,
  encodeBase64,
  type Field,
  flag,
  group,
  type KeyFacts,
  type KmsError,
  type KmsErrorFacts,
  type KmsOperation,
  type MappedError,
  type OfferedAlgorithm,
  oneOf,
  optional,
  type PayloadKind,
  parseOptions,
  positiveNumber,
  type Report,
  required,
  type SignerDriver,
  type SignRequest,
  signerFields,
  text,
  wholeNumber,
  withDefault,
} from './internal.ts'
