/** HTTP status per error name: the API reference of Sign, Verify and GetPublicKey, and the common errors. */
export const ERRORS = {
  AccessDeniedException: 400,
  AlreadyExistsException: 400,
  DependencyTimeoutException: 503,
  DisabledException: 400,
  DryRunOperationException: 400,
  ExpiredTokenException: 400,
  IncompleteSignatureException: 400,
  InternalFailure: 500,
  InvalidAliasNameException: 400,
  InvalidArnException: 400,
  InvalidKeyUsageException: 400,
  InvalidMarkerException: 400,
  InvalidSignatureException: 400,
  KMSInternalException: 500,
  KMSInvalidSignatureException: 400,
  KMSInvalidStateException: 400,
  KeyUnavailableException: 500,
  MissingAuthenticationTokenException: 400,
  NotFoundException: 400,
  SerializationException: 400,
  ServiceUnavailableException: 503,
  ThrottlingException: 400,
  UnknownOperationException: 400,
  UnrecognizedClientException: 400,
  UnsupportedOperationException: 400,
  ValidationException: 400,
} as const

export type AwsErrorName = keyof typeof ERRORS

/** Thrown by a check, turned into an answer in one place. */
export class AwsRefusal extends Error {
  readonly type: AwsErrorName

  constructor(type: AwsErrorName, message = '') {
    super(message)
    this.type = type
  }
}

/** The wording that the service uses for a member that breaks its model. */
export function validation(member: string, constraint: string): AwsRefusal {
  const message = `1 validation error detected: Value at '${member}' failed to satisfy constraint: ${constraint}`
  return new AwsRefusal('ValidationException', message)
}
