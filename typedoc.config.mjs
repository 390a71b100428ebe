// The API reference, from the comments in the sources: `npm run docs:api` writes it to docs/api.
import { ReflectionKind } from 'typedoc'

const NEEDS_COMMENT =
  ReflectionKind.Module |
  ReflectionKind.Variable |
  ReflectionKind.Class |
  ReflectionKind.Interface |
  ReflectionKind.TypeAlias |
  ReflectionKind.Property |
  ReflectionKind.SomeSignature

/** @type {Partial<import('typedoc').TypeDocOptions>} */
const options = {
  name: 'kmsign',
  entryPoints: ['packages/*/src/index.ts', 'packages/core/src/{driver,testing,opentelemetry}.ts'],
  tsconfig: 'tsconfig.json',
  readme: 'none',
  out: 'docs/api',
  cleanOutputDir: true,
  githubPages: true,
  sort: ['kind', 'alphabetical'],
  // Links to the sources without asking git, which cannot answer in a clone without a remote.
  disableGit: true,
  gitRevision: 'main',
  sourceLinkTemplate: 'https://github.com/kmsign/kmsign/blob/{gitRevision}/{path}#L{line}',
  // Its own checks of exports and comments look at one package only, and the root has nothing in it.
  validation: { notExported: false, invalidLink: true, rewrittenLink: true, notDocumented: false },
  plugin: [insistOnComments],
  treatWarningsAsErrors: true,
  treatValidationWarningsAsErrors: true,
}

export default options

/**
 * Whatever is exported says what it is. Unlike typedoc's own check this one lets an object type inside another be described
 * by the comment of what holds it, and does not ask for members of mapped types, which stand in no source.
 */
function insistOnComments(app) {
  app.on('validateProject', (project) => {
    for (const reflection of project.getReflectionsByKind(NEEDS_COMMENT)) {
      if (reflection.flags.isExternal || isInsideAnother(reflection) || hasComment(reflection)) continue
      app.logger.validationWarning(`${reflection.getFriendlyFullName()} has no comment`)
    }
  })
}

function isInsideAnother({ parent }) {
  return parent !== undefined && (parent.kindOf(ReflectionKind.TypeLiteral) || isInsideAnother(parent))
}

/** A signature shares the comment of its function or method. */
function hasComment(reflection) {
  const signature = reflection.kindOf(ReflectionKind.SomeSignature)
  return reflection.hasComment() || (signature && (reflection.parent?.hasComment() ?? false))
}
