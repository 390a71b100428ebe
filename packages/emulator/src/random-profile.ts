import { createHash } from 'node:crypto'
import type { SettingTable, SettingValue } from './settings.ts'

/**
 * Draws every undocumented setting by a seed. Each draw depends on the seed and the setting's own name alone, so a
 * setting that is added later changes no other draw.
 */
export function drawSettings(owner: string, table: SettingTable, seed: number): Record<string, SettingValue> {
  const drawn: Record<string, SettingValue> = {}
  for (const [name, setting] of Object.entries(table)) {
    if (!setting.drawn || typeof setting.alternatives === 'string') continue
    const values = [setting.default, ...setting.alternatives]
    const number = createHash('sha256').update(`${seed}/${owner}/${name}`).digest().readUInt32BE(0)
    const value = values[number % values.length]
    if (value !== undefined) drawn[name] = value
  }
  return drawn
}
