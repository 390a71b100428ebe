import { expect, it } from 'vitest'
import { AWS_SETTINGS } from '../src/aws/settings.ts'
import { FAULT_KINDS, type FaultSetting } from '../src/faults/kinds.ts'
import { NCP_SETTINGS } from '../src/ncp/settings.ts'
import type { Setting, SettingTable } from '../src/settings.ts'
import { VOLCENGINE_SETTINGS } from '../src/volcengine/settings.ts'

const INTRODUCTION = `# Settings and faults of the emulator

Every choice that a provider leaves undocumented is a setting of \`@kmsign/emulator\`, and so are a few limits that tests
like to move. A setting is given below its provider:

\`\`\`ts
await startEmulator({ ncp: { padding: 'pkcs1' }, volcengine: { ecdsaEncoding: 'p1363' } })
\`\`\`

or on the command line as \`--setting ncp.padding=pkcs1\`. An unknown name is a \`TypeError\` that names the nearest known
one. \`profile: 'random'\` draws every setting marked *drawn* by \`seed\`; what was given stays as given. The settings in
force are \`emulator.profile\`.

**No value here is confirmed by the real services.** A default is the most plausible reading of the documents; the
alternatives exist so that a client can be shown to depend on none of them.

This file is written from the tables in the source; a test compares the two.
`

const SECTIONS: readonly (readonly [string, string, string, SettingTable])[] = [
  [
    'NAVER Cloud',
    'ncp',
    'Names in brackets are pages below `api.ncloud-docs.com/docs` or its guides. `padding`, `salt`, `hash`, `ecdsaEncoding`, `prehashed` and `publicKeyForm` may also be given to `createKey` for one key.',
    NCP_SETTINGS,
  ],
  ['Volcengine', 'volcengine', 'Numbers in brackets are pages below `volcengine.com/docs`.', VOLCENGINE_SETTINGS],
  ['AWS', 'aws', 'From the API reference of AWS KMS.', AWS_SETTINGS],
]

function row(name: string, setting: Setting): string {
  const { alternatives } = setting
  const others =
    typeof alternatives === 'string' ? alternatives : alternatives.map((value) => `\`${String(value)}\``).join(', ')
  const fallback = Array.isArray(setting.default) ? 'none' : `\`${String(setting.default)}\``
  return `| \`${name}\` | ${fallback} | ${others} | ${setting.drawn ? 'yes' : ''} | ${setting.why} |`
}

const FAULTS = `## Faults

What \`emulator.faults.add({ kind, … })\` and \`--fault\` take, beside \`provider\`, \`operation\` and \`times\`.
`

function faultRow([kind, { about, settings }]: [string, { about: string; settings: object }]): string {
  const rows = Object.entries(settings as Readonly<Record<string, FaultSetting>>).map(([name, setting]) => {
    const fallback = setting.default === undefined ? '' : ` (\`${setting.default}\`)`
    const others = setting.type === 'choice' ? `: ${setting.values.map((value) => `\`${value}\``).join(', ')}` : ''
    return `\`${name}\`${fallback}${others}`
  })
  return `| \`${kind}\` | ${rows.join('; ')} | ${about} |`
}

/** `vitest -u` writes the file anew. */
it('documents every setting with its default, alternatives and reason, and every fault', async () => {
  const sections = SECTIONS.map(([title, owner, note, table]) => {
    const rows = Object.entries(table).map(([name, setting]) => row(name, setting))
    return [
      `## ${title} (\`${owner}\`)`,
      '',
      note,
      '',
      '| Setting | Default | Alternatives | Drawn | Why, source |',
      '|---|---|---|---|---|',
      ...rows,
      '',
    ].join('\n')
  })
  const table = ['| Kind | Settings (default) | The client meets |', '|---|---|---|']
  const faults = [FAULTS, ...table, ...Object.entries(FAULT_KINDS).map(faultRow), ''].join('\n')
  await expect([INTRODUCTION, ...sections, faults].join('\n')).toMatchFileSnapshot(
    '../../../docs/wire/emulator-settings.md',
  )
})
