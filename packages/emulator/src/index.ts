/**
 * The wire protocols of NCP, Volcengine and AWS on loopback, with real keys and faults on demand. For tests; it shares no
 * code with the adapters.
 *
 * @module @kmsign/emulator
 */
export type { AwsApi } from './aws/provider.ts'
export { type Emulator, type EmulatorProfile, startEmulator } from './emulator.ts'
export type { FaultRequest } from './faults/kinds.ts'
export type { NcpApi } from './ncp/provider.ts'
export type { EmulatorOptions } from './options.ts'
export type { LoggedRequest } from './request-log.ts'
export type { VolcengineApi } from './volcengine/provider.ts'
