import { goalText, isReached, type Row, valueText } from './row.ts'

const [WIDTH, LINE, LABEL, BAR] = [860, 24, 430, 250] as const

/** One bar per figure that has a goal, drawn so that all goals lie on one line and longer is always worse. */
export function chart(rows: readonly Row[]): string {
  const shown = rows.filter((row) => row.goal !== undefined && Number.isFinite(row.value))
  const height = (shown.length + 2) * LINE
  const goalAt = LABEL + BAR / 2
  const bars = shown.map((row, index) => bar(row, (index + 1.5) * LINE))
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="13">
<title>Measured ratios beside their goals</title>
<rect width="${WIDTH}" height="${height}" fill="#fff"/>
<text x="${goalAt}" y="18" text-anchor="middle" fill="#444">goal</text>
${bars.join('\n')}
<line x1="${goalAt}" x2="${goalAt}" y1="${LINE}" y2="${height - LINE / 2}" stroke="#444" stroke-dasharray="3 3"/>
</svg>
`
}

function bar(row: Row, y: number): string {
  const used = Math.min(2, shareOfGoal(row))
  const color = isReached(row) ? '#2f855a' : '#c05621'
  const text = `${valueText(row)} (${goalText(row)})`
  return [
    `<text x="${LABEL - 10}" y="${y + 5}" text-anchor="end">${row.what}</text>`,
    `<rect x="${LABEL}" y="${y - 8}" width="${((used * BAR) / 2).toFixed(1)}" height="16" fill="${color}"/>`,
    `<text x="${LABEL + BAR + 10}" y="${y + 5}" fill="#444">${text}</text>`,
  ].join('')
}

/** 1 at the goal, more beyond it. */
function shareOfGoal({ value, goal }: Row): number {
  if (goal === undefined) return 0
  return 'atMost' in goal ? Math.max(0, value / goal.atMost) : goal.atLeast / value
}
