export { type Emulator, type EmulatorProfile, startEmulator } from './emulator.ts'
export type { FaultRequest } from './faults/kinds.ts'
export type { EmulatorOptions } from './options.ts'
export type { LoggedRequest } from './request-log.ts'
