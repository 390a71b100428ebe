import type { Bench } from '../bench.ts'
import type { Row } from '../row.ts'
import { aws } from './aws.ts'
import { bytes } from './bytes.ts'
import { calls } from './calls.ts'
import { cold } from './cold.ts'
import { crypto } from './crypto.ts'
import { digest } from './digest.ts'
import { footprint } from './footprint.ts'
import { integrity } from './integrity.ts'

export type SectionName = keyof typeof SECTIONS

export const SECTIONS = { calls, bytes, aws, integrity, crypto, cold, digest, footprint } satisfies Record<
  string,
  (bench: Bench) => Promise<readonly Row[]>
>

export const SECTION_NAMES = Object.keys(SECTIONS) as SectionName[]
