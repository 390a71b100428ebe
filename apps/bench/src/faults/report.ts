import Table from 'cli-table3'
import picocolors from 'picocolors'
import { type Comparison, type Figure, holds, type SectionResult } from './sections/section.ts'

/** Writes what was found; in colour and with frames only where a person looks on. */
export interface Report {
  progress(text: string): void
  section(name: string, result: SectionResult): void
  figures(rows: readonly (readonly [section: string, figure: Figure])[]): void
  line(text: string): void
}

interface Output {
  readonly isTTY?: boolean
  write(text: string): unknown
}

const CLEAR_LINE = '\r\u001b[K'
const PLAIN = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '', 'bottom-left': '' },
  ...{ 'bottom-right': '', left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ' },
} as const

export function createReport(output: Output, noColor: boolean): Report {
  const interactive = output.isTTY === true
  const colors = picocolors.createColors(interactive && !noColor)
  const line = (text: string): void => void output.write(`${interactive ? CLEAR_LINE : ''}${text}\n`)
  const table = (head: readonly string[], rows: readonly (readonly string[])[]): void => {
    const style = { head: [], border: [], 'padding-left': 0, 'padding-right': 0 }
    const made = new Table({ head: head.map(colors.bold), style, chars: PLAIN })
    made.push(...rows.map((row) => [...row]))
    for (const text of made.toString().split('\n')) if (text.trim() !== '') line(text.trimEnd())
  }
  const comparison = ({ title, head, rows }: Comparison): void => {
    line(`\n${title}`)
    table(head, rows)
  }
  return {
    line,
    progress: (text) => void (interactive && output.write(`${CLEAR_LINE}${text}`)),
    section(name, { comparisons, defects }) {
      line(`\n${colors.bold(name)}`)
      comparisons.forEach(comparison)
      for (const defect of defects) line(`${colors.red('defect')} ${defect}`)
    },
    figures(rows) {
      line('')
      const verdict = (figure: Figure): string => (holds(figure) ? colors.green('holds') : colors.red('MISSED'))
      table(
        ['section', 'figure', 'measured', 'bound', ''],
        rows.map(([section, figure]) => [section, figure.name, shown(figure), bound(figure), verdict(figure)]),
      )
    },
  }
}

function shown({ value, unit = '' }: Figure): string {
  return `${Number.isInteger(value) ? value : value.toFixed(2)} ${unit}`.trimEnd()
}

function bound({ bound: wanted, unit = '' }: Figure): string {
  return ('atMost' in wanted ? `<= ${wanted.atMost} ${unit}` : `>= ${wanted.atLeast} ${unit}`).trimEnd()
}
