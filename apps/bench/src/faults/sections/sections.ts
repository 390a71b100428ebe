import { deadlines } from './deadlines.ts'
import { emulatorMatrix } from './emulator-matrix.ts'
import { faultMatrix } from './fault-matrix.ts'
import { fuzzAnswers } from './fuzz-answers.ts'
import { fuzzRequests } from './fuzz-requests.ts'
import { idleClose } from './idle-close.ts'
import { memory } from './memory.ts'
import { outage } from './outage.ts'
import type { Section } from './section.ts'
import { soak } from './soak.ts'

/** By the names that `--only` takes, in the order in which they run. */
export const SECTIONS = {
  faults: faultMatrix,
  emulator: emulatorMatrix,
  deadlines,
  memory,
  'idle-close': idleClose,
  outage,
  soak,
  'fuzz-answers': fuzzAnswers,
  'fuzz-requests': fuzzRequests,
} as const satisfies Readonly<Record<string, Section>>

export type SectionName = keyof typeof SECTIONS

export const SECTION_NAMES = Object.keys(SECTIONS) as SectionName[]
