// Where the links of a document lead: files that are there, and headings that are in them.
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from './workspace.mjs'

export function brokenLinks({ path, text }) {
  const links = [...withoutFences(text).matchAll(/\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]*))?\)/g)]
  return links.flatMap(([, file, anchor]) => {
    const target = file === '' ? path : join(dirname(path), file)
    if (!existsSync(join(root, target))) return [`${path}: links to ${file}, which is not there`]
    if (anchor === undefined) return []
    const known = target.endsWith('.md') && anchorsOf(readFileSync(join(root, target), 'utf8')).includes(anchor)
    return known ? [] : [`${path}: links to #${anchor}, which ${target} does not have`]
  })
}

/** As GitHub names headings: a name that is there already gets a number. */
function anchorsOf(text) {
  const seen = new Map()
  return [...withoutFences(text).matchAll(/^#{1,6} +(.*?)(?: +#+)?$/gm)].map(([, heading]) => {
    const words = heading.replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase()
    const name = words.replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '').replaceAll(' ', '-')
    const times = seen.get(name) ?? 0
    seen.set(name, times + 1)
    return times === 0 ? name : `${name}-${times}`
  })
}

function withoutFences(text) {
  return text.replace(/^```[\s\S]*?^```$/gm, '')
}
