/**
 * What every adapter must do, as tests for vitest, Jest or node:test. For authors of adapters.
 *
 * @module @kmsign/conformance
 */
export {
  type AlgorithmDeclaration,
  type Declaration,
  everyAlgorithmOf,
  FAULT_KINDS,
  type FaultKind,
  type MessageBytes,
} from './declaration.ts'
export { type EmulatedAdapter, type EmulatorLike, emulatorSubject } from './emulator-subject.ts'
export type { FaultSettings, Harness, KeyChoice, KeyNeed, SignerChange, Subject } from './harness.ts'
export type { TestRunner } from './kit.ts'
export { runConformance } from './run.ts'
