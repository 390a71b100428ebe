import { defineConfig, type Options } from 'tsup'

type Plugin = NonNullable<Options['esbuildPlugins']>[number]

/**
 * The one build of every published package: ESM and CJS with types for both.
 *
 * `splitting` stays off because it sends the CJS output through a second compiler that rewrites `?.` and `??` into
 * closures. Entries that share code import it from an entry of its own (`shared`), which stays outside their bundles, so
 * that each class exists once per module format. In CJS `import()` becomes `require()`: Jest runs no other kind.
 */
export function definePackage(options: {
  entry: readonly string[]
  shared?: readonly string[]
  bundled?: readonly (string | RegExp)[]
}) {
  return defineConfig({
    entry: [...options.entry],
    format: ['esm', 'cjs'],
    target: 'node20',
    platform: 'node',
    dts: true,
    sourcemap: true,
    clean: true,
    splitting: false,
    noExternal: [...(options.bundled ?? [])],
    esbuildPlugins: [keepOutside(options.shared ?? [])],
    esbuildOptions: (esbuild, { format }) => {
      if (format === 'cjs') esbuild.supported = { ...esbuild.supported, 'dynamic-import': false }
    },
  })
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
