import type { Attempt } from '@kmsign/core/driver'
import type { AwsCredentials } from './credentials.ts'

/** The operations that are used, by the name of their command. */
export type Operation = 'SignCommand' | 'VerifyCommand' | 'GetPublicKeyCommand' | 'DescribeKeyCommand'

/** The way to AWS KMS. */
export interface Connection {
  send(operation: Operation, input: object, attempt: Attempt<AwsCredentials | undefined>): Promise<unknown>
  close(): Promise<void>
}

export type Sdk = typeof import('@aws-sdk/client-kms')
