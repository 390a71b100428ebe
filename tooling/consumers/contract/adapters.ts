// What the adapters and the emulator promise: what they take and what comes back. What must not compile is in pairs.ts
// and refused.ts.

import type { AwsCredentials, AwsKeySpec, AwsSignerOptions, KmsClientLike } from '@kmsign/adapter-aws'
import * as aws from '@kmsign/adapter-aws'
import type { NcpAlgorithm, NcpCredentials, NcpKeySpec, NcpSignerOptions } from '@kmsign/adapter-ncp'
import * as ncp from '@kmsign/adapter-ncp'
import type {
  VolcengineAlgorithm,
  VolcengineCredentials,
  VolcengineKey,
  VolcengineKeySpec,
  VolcengineSignerOptions,
} from '@kmsign/adapter-volcengine'
import * as volcengine from '@kmsign/adapter-volcengine'
import type { KeySpec, Signer, SignerOptions, SigningAlgorithm } from '@kmsign/core'
import { type Emulator, type EmulatorOptions, startEmulator } from '@kmsign/emulator'

type Gives<Promised, Ours extends Promised> = [Promised, Ours]
type Takes<Ours, Promised extends Ours> = [Ours, Promised]

type NcpLogin =
  | { readonly accessKey: string; readonly secretKey: string }
  | { readonly accessToken: string }
  | { readonly refreshToken: string }
interface CloudLogin {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}
interface NcpOptions extends SignerOptions<NcpLogin> {
  readonly keyTag: string
  readonly zone?: 'global' | 'kr' | 'jp' | 'gov' | 'fin'
  readonly apiVersion?: '2.0' | '1.0'
  readonly messageLimit?: 'decoded' | 'encoded'
  readonly signaturePrefix?: 'required' | 'optional'
}
type Rsa = `RSA_${'PSS' | 'PKCS1'}_SHA_${256 | 384 | 512}`
type ById = { readonly keyId: string; readonly keyringName?: undefined; readonly keyName?: undefined }
type ByName = { readonly keyId?: undefined; readonly keyringName: string; readonly keyName: string }
type Where = { readonly region?: string; readonly requestForm?: 'body' | 'query' }
type OwnClient = { readonly keyId: string; readonly client: KmsClientLike; readonly integrity?: 'off' }

export type Options = [
  Takes<NcpKeySpec, 'RSA_2048' | 'EC_P256'>,
  Takes<NcpAlgorithm, 'RSA_PSS_SHA_256' | 'RSA_PKCS1_SHA_256' | 'ECDSA_SHA_256'>,
  Takes<NcpCredentials, NcpLogin>,
  Takes<NcpSignerOptions, NcpOptions>,
  Takes<VolcengineKeySpec, `RSA_${2048 | 3072 | 4096}` | `EC_${'P256' | 'P256K' | 'P384' | 'P521' | 'SM2'}`>,
  Takes<VolcengineAlgorithm, Rsa | `ECDSA_SHA_${256 | 384 | 512}` | 'SM2_DSA'>,
  Takes<VolcengineCredentials, CloudLogin>,
  Gives<CloudLogin, VolcengineCredentials>,
  Takes<VolcengineKey, ById | ByName>,
  Takes<VolcengineSignerOptions, SignerOptions<CloudLogin> & (ById | ByName) & Where>,
  Takes<AwsKeySpec, KeySpec>,
  Takes<AwsCredentials, CloudLogin>,
  Takes<AwsSignerOptions, SignerOptions<CloudLogin> & { readonly keyId: string; readonly region?: string }>,
  Takes<AwsSignerOptions, OwnClient>,
]

// The algorithm given is the algorithm of the signer, and of its results.
export const p256: Signer<'ECDSA_SHA_256'> = ncp.createNcpSigner({ keyTag: 'tag', algorithm: 'ECDSA_SHA_256' })
export const pss: Signer<'RSA_PSS_SHA_256'> = ncp.createNcpSigner({
  keyTag: 'tag',
  keySpec: 'RSA_2048',
  algorithm: 'RSA_PSS_SHA_256',
})
export const sm2: Signer<'SM2_DSA'> = volcengine.createVolcengineSigner({ keyId: 'id', algorithm: 'SM2_DSA' })
export const p521: Signer<'ECDSA_SHA_512'> = volcengine.createVolcengineSigner({
  keyringName: 'ring',
  keyName: 'name',
  keySpec: 'EC_P521',
  algorithm: 'ECDSA_SHA_512',
})
export const mlDsa: Signer<'ML_DSA'> = aws.createAwsSigner({ keyId: 'id', keySpec: 'ML_DSA_65', algorithm: 'ML_DSA' })

/** An algorithm that comes from a configuration file is as good as a literal. */
export const configured = (value: unknown): Signer | undefined =>
  ncp.isNcpAlgorithm(value)
    ? ncp.createNcpSigner({ keyTag: 'tag', algorithm: value })
    : volcengine.isVolcengineAlgorithm(value)
      ? volcengine.createVolcengineSigner({ keyId: 'id', algorithm: value })
      : undefined

export type Guards = [
  Takes<typeof ncp.isNcpAlgorithm, (value: unknown) => value is NcpAlgorithm>,
  Gives<(value: unknown) => value is NcpAlgorithm, typeof ncp.isNcpAlgorithm>,
  Gives<(value: unknown) => value is VolcengineAlgorithm, typeof volcengine.isVolcengineAlgorithm>,
  Gives<SigningAlgorithm, NcpAlgorithm | VolcengineAlgorithm>,
]

type Setting = { readonly [setting: string]: unknown }
interface PromisedEmulator {
  readonly url: string
  readonly ca?: string
  readonly ncp: {
    readonly credentials: { readonly accessKey: string; readonly secretKey: string }
    readonly createKey: (
      options: { readonly keyType: 'RSA2048' | 'ECDSA' | 'AES256' } & Setting,
    ) => Promise<{ readonly keyTag: string }>
    readonly issueTokens: (keyTag: string) => Promise<{ readonly accessToken: string; readonly refreshToken: string }>
    readonly setKeyStatus: (keyTag: string, status: 'ENABLE' | 'DISABLE' | 'REVOKE') => void
    readonly rotateKey: (keyTag: string) => number
  }
  readonly volcengine: {
    readonly credentials: CloudLogin
    readonly region: string
    readonly createKey: (options: {
      readonly keySpec: VolcengineKeySpec | 'SYMMETRIC_256'
      readonly keyUsage?: 'SIGN_VERIFY' | 'ENCRYPT_DECRYPT'
      readonly keyringName?: string
      readonly keyName?: string
    }) => Promise<{ readonly keyId: string; readonly keyringName: string; readonly keyName: string }>
    readonly setKeyState: (
      keyId: string,
      state: 'Enable' | 'Disable' | 'PendingDelete' | 'Archived' | 'PendingImport',
    ) => void
  }
  readonly aws: {
    readonly credentials: CloudLogin
    readonly region: string
    readonly createKey: (options: {
      readonly keySpec: string
      readonly keyUsage?: string
      readonly alias?: string
    }) => Promise<{ readonly keyId: string; readonly arn: string }>
    readonly setKeyState: (keyId: string, state: 'Enabled' | 'Disabled' | 'PendingDeletion' | 'PendingImport') => void
  }
  readonly faults: {
    readonly add: (
      fault: {
        readonly kind: string
        readonly provider?: 'ncp' | 'volcengine' | 'aws'
        readonly times?: number
      } & Setting,
    ) => void
    readonly clear: () => void
  }
  readonly publicKey: (keyId: string, version?: string | number) => Promise<string>
  readonly requests: readonly {
    readonly provider: string
    readonly operation: string
    readonly status: number
    readonly at: number
  }[]
  readonly close: () => Promise<void>
}
interface PromisedEmulatorOptions {
  readonly host?: string
  readonly port?: number
  readonly tls?: boolean
  readonly clock?: () => number
  readonly dataDirectory?: string
  readonly ncp?: { readonly credentials?: { readonly accessKey: string; readonly secretKey: string } } & Setting
  readonly volcengine?: { readonly credentials?: CloudLogin; readonly region?: string } & Setting
  readonly aws?: { readonly credentials?: CloudLogin; readonly region?: string } & Setting
}
export type EmulatorTypes = [Gives<PromisedEmulator, Emulator>, Takes<EmulatorOptions, PromisedEmulatorOptions>]
export const start: (options?: PromisedEmulatorOptions) => Promise<PromisedEmulator> = startEmulator
