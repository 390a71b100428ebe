import { basename } from 'node:path'
import { defineConfig, type Options } from 'tsup'

type Plugin = NonNullable<Options['esbuildPlugins']>[number]

/**
 * The one build of every published package: ESM and CJS with types for both.
 *
 * `splitting` stays off because it sends the CJS output through a second compiler that rewrites `?.` and `??` into
 * closures. Entries that share code import it from an entry of its own (`shared`), which stays outside their bundles, so
 * that each class exists once per module format. In CJS `import()` becomes `require()`: Jest runs no other kind.
 *
 * Source maps name files and lines, without the sources themselves, which would be most of a package. `vendored` is an
 * entry of code that is not ours, which nobody reads or steps through there: minified, without map and types.
 */
export function definePackage(options: {
  entry: readonly string[]
  shared?: readonly string[]
  bundled?: readonly (string | RegExp)[]
  vendored?: { readonly entry: string; readonly from: readonly (string | RegExp)[] }
}) {
  const { entry, shared = [], bundled = [], vendored } = options
  const common: Options = {
    format: ['esm', 'cjs'],
    target: 'node20',
    platform: 'node',
    splitting: false,
    esbuildPlugins: [keepOutside(shared)],
    esbuildOptions: (esbuild, { format }) => {
      esbuild.sourcesContent = false
      if (format === 'cjs') esbuild.supported = { ...esbuild.supported, 'dynamic-import': false }
    },
  }
  const own: Options = {
    ...common,
    entry: [...entry],
    noExternal: [...bundled],
    dts: true,
    sourcemap: true,
    clean: true,
  }
  if (vendored === undefined) return defineConfig(own)
  // Both are built at once, so the one that cleans up leaves what the other may have written already.
  const kept = `!${basename(vendored.entry, '.ts')}.{js,cjs}`
  const chunk: Options = { ...common, entry: [vendored.entry], minify: true, noExternal: [...vendored.from] }
  // What it is made of, for the bill of materials; not published.
  chunk.metafile = true
  return defineConfig([{ ...own, clean: [kept] }, chunk])
}

/** Leaves `./<name>.ts` as an import of the built file beside it. */
function keepOutside(names: readonly string[]): Plugin {
  return {
    name: 'keep-outside',
    setup(build) {
      const extension = build.initialOptions.format === 'cjs' ? '.cjs' : '.js'
      for (const name of names) {
        build.onResolve({ filter: new RegExp(`^\\./${name}\\.ts$`) }, (found) =>
          found.kind === 'entry-point' ? undefined : { path: `./${name}${extension}`, external: true },
        )
      }
    },
  }
}
