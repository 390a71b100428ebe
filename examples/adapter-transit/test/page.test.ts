import { readdirSync, readFileSync } from 'node:fs'
import { FAULT_KINDS } from '@kmsign/conformance'
import { KMS_ERRORS } from '@kmsign/core'
import { describe, expect, it } from 'vitest'

const root = new URL('../../../', import.meta.url)
const read = (path: string) => readFileSync(new URL(path, root), 'utf8')

const page = read('docs/adding-an-adapter.md')
const blocks = [...page.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].map(([, label = '', text = '']) => ({ label, text }))
const SOURCE = 'examples/adapter-transit/src'
const FILES = 'algorithms driver errors index options request-signing signer wire'
  .split(' ')
  .map((name) => `${name}.ts`)

describe('docs/adding-an-adapter.md', () => {
  it.each(blocks)('has code that is in its file: $label', ({ label, text }) => {
    const file = /^ts file=(\S+)$/.exec(label)?.[1] ?? ''
    expect(file, 'every block names its file').not.toBe('')
    let rest = read(file)
    for (const piece of text.split('// …\n')) {
      expect(rest).toContain(piece)
      rest = rest.slice(rest.indexOf(piece) + piece.length)
    }
  })

  it.each([
    ['the contract of drivers', members(read('packages/core/src/driver-contract.ts'))],
    [
      'the harness',
      members(/^export interface Harness[\s\S]*?^}/m.exec(read('packages/conformance/src/harness.ts'))?.[0]),
    ],
    [
      'the declaration',
      members(/^export interface Declaration[\s\S]*?^}/m.exec(read('packages/conformance/src/declaration.ts'))?.[0]),
    ],
    ['what @kmsign/core/driver exports', exportsOf(read('packages/core/src/driver.ts'))],
    ['what @kmsign/http does', functionsOf(read('packages/http/src/index.ts'))],
    ['the error codes', Object.keys(KMS_ERRORS)],
    ['the faults', FAULT_KINDS],
    ['the files', FILES],
  ])('speaks of all of %s', (_what, names) => {
    expect(names.length).toBeGreaterThan(7)
    expect(names.filter((name) => !new RegExp(`\`[^\`\n]*\\b${name}\\b[^\`\n]*\``).test(page))).toEqual([])
  })

  it('leads to files and headings that are there', () => {
    const anchors = [...page.matchAll(/^##+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading))
    for (const [, target = ''] of page.matchAll(/\]\(([^)]+)\)/g)) {
      if (target.startsWith('#')) expect(anchors).toContain(target.slice(1))
      else expect(readable(new URL(target, new URL('docs/', root))), target).toBe(true)
    }
  })
})

describe('the example', () => {
  it('has the eight files and no other', () => {
    expect(readdirSync(new URL(SOURCE, root)).toSorted()).toEqual(FILES)
  })

  it.each(FILES)('imports core, http and itself only: %s', (name) => {
    const imported = [...read(`${SOURCE}/${name}`).matchAll(/ from '([^']+)'/g)].map(([, from = '']) => from)
    const allowed = /^(?:@kmsign\/core|@kmsign\/core\/driver|@kmsign\/http|\.\/[\w-]+\.ts)$/
    expect(imported.filter((from) => !allowed.test(from))).toEqual([])
  })

  it('has a conformance test of under forty lines', () => {
    expect(read('examples/adapter-transit/test/conformance.test.ts').split('\n').length).toBeLessThan(40)
  })
})

/** Names of members and methods of the interfaces in a source. */
function members(source = ''): readonly string[] {
  return [...source.matchAll(/^ {2}(?:readonly )?(\w+)\??(?::|\()/gm)].map(([, name = '']) => name)
}

function exportsOf(source: string): readonly string[] {
  return [...source.matchAll(/^ {2}(?:type )?(\w+),$/gm)].map(([, name = '']) => name)
}

/** Names that an index exports, types left out. */
function functionsOf(source: string): readonly string[] {
  const names = [...source.matchAll(/^export \{([^}]*)\}/gm)].flatMap(([, list = '']) => list.split(','))
  return names.map((name) => name.trim()).filter((name) => /^\w+$/.test(name))
}

function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-')
}

function readable(url: URL): boolean {
  try {
    return url.pathname.endsWith('.md') ? readFileSync(url).length > 0 : readdirSync(url).length > 0
  } catch {
    return false
  }
}
