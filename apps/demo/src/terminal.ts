import picocolors from 'picocolors'
import type { Environment } from './cloud.ts'

export type Colors = ReturnType<typeof picocolors.createColors>

/** Where the demo prints: colours, lines and progress only where a person looks on. */
export interface Terminal {
  readonly interactive: boolean
  /** Characters in a line. */
  readonly width: number
  readonly colors: Colors
  print(text: string): void
  /** One line that is overwritten by the next; nothing where nobody looks on. */
  progress(text: string): void
  endProgress(): void
}

interface Output {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

const PLAIN_WIDTH = 100
const CLEAR_LINE = '\r\u001b[K'

export function createTerminal(output: Output, environment: Environment): Terminal {
  const interactive = output.isTTY === true && environment['TERM'] !== 'dumb'
  let shown = false
  const endProgress = (): void => {
    if (shown) output.write(CLEAR_LINE)
    shown = false
  }
  return {
    interactive,
    width: interactive ? (output.columns ?? PLAIN_WIDTH) : PLAIN_WIDTH,
    colors: picocolors.createColors(interactive && !environment['NO_COLOR']),
    print(text) {
      endProgress()
      output.write(`${text}\n`)
    },
    progress(text) {
      if (!interactive) return
      shown = true
      output.write(`${CLEAR_LINE}${text}`)
    },
    endProgress,
  }
}
