import { defineConfig } from 'tsup'

export default defineConfig({
  entry: { perf: 'src/perf/index.ts', faults: 'src/faults/index.ts' },
  format: ['esm'],
  target: 'node20',
  platform: 'node',
  clean: true,
})
