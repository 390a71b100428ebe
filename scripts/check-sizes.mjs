// Holds the packages to their budgets: what a bundler makes of the main entry point, minified and gzipped, without
// dependencies. Chunks that are loaded on demand are listed and do not count.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { publishedPackages, requireBuild } from './lib/workspace.mjs'

/** Kilobytes (1000 bytes). An adapter that is not listed has the budget of adapters. */
const BUDGETS = { '@kmsign/core': 14, '@kmsign/http': 8 }
const ADAPTER = 6

requireBuild()
// tsup brings it.
const esbuild = createRequire(createRequire(import.meta.url).resolve('tsup/package.json'))('esbuild')
const kilobytes = (bytes) => (bytes / 1000).toFixed(1)

let over = 0
for (const { name, folder, manifest } of publishedPackages()) {
  const budget = BUDGETS[name] ?? (name.includes('/adapter-') ? ADAPTER : undefined)
  if (budget === undefined) continue
  const { entry, lazy } = await measure(join(folder, manifest.module))
  const fits = entry <= budget * 1000
  if (!fits) over += 1
  const more = lazy > 0 ? `, and ${kilobytes(lazy)} kB on demand` : ''
  console.log(`${name.padEnd(27)} ${kilobytes(entry).padStart(5)} of ${budget} kB  ${fits ? 'ok' : 'TOO LARGE'}${more}`)
}
console.log(`${over} packages over budget`)
if (over > 0) process.exitCode = 1

async function measure(file) {
  const { outputFiles, metafile } = await esbuild.build({
    entryPoints: [file],
    outdir: 'out',
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    legalComments: 'none',
    metafile: true,
    write: false,
    absWorkingDir: '/',
  })
  const first = Object.keys(metafile.outputs).find((path) => metafile.outputs[path].entryPoint === file.slice(1))
  const eager = new Set()
  const walk = (path) => {
    if (eager.has(path)) return
    eager.add(path)
    const { imports } = metafile.outputs[path]
    for (const { path: next, kind, external } of imports) if (kind === 'import-statement' && !external) walk(next)
  }
  walk(first)
  const sizeOf = (path) => {
    const { contents } = outputFiles.find((found) => found.path.endsWith(`/${path}`))
    return gzipSync(contents, { level: 9 }).length
  }
  const paths = Object.keys(metafile.outputs)
  const sum = (chosen) => chosen.reduce((total, path) => total + sizeOf(path), 0)
  return { entry: sum([...eager]), lazy: sum(paths.filter((path) => !eager.has(path))) }
}
