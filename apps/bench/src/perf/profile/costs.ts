import type { HeapProfiler, Profiler, Runtime } from 'node:inspector'
import { placeOf } from './places.ts'

/** What one function costs by itself, without what it calls. */
export interface Cost {
  readonly name: string
  /** The package or part of Node that it belongs to. */
  readonly place: string
  /** Microseconds or bytes per call of the client. */
  readonly self: number
}

/** One function at one place of the call tree. */
interface Branch {
  readonly frame: Runtime.CallFrame
  readonly self: number
  readonly below: readonly Branch[]
}

/** The samples say how the CPU time of a call is shared out: by themselves they count what other processes took as well. */
export function costsOfTime({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile, cpuMicros: number): Cost[] {
  const micros = new Map<number, number>()
  // A delta is the time before its sample; what was seen last ran until the next look.
  for (const [index, id] of samples.entries()) micros.set(id, (micros.get(id) ?? 0) + (timeDeltas[index + 1] ?? 0))
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const branch = ({ id, callFrame, children = [] }: Profiler.ProfileNode): Branch => ({
    frame: callFrame,
    self: micros.get(id) ?? 0,
    below: children.flatMap((child) => byId.get(child) ?? []).map(branch),
  })
  const costs = nodes[0] === undefined ? [] : sumUp(branch(nodes[0]))
  return scale(costs, cpuMicros / costs.reduce((sum, { self }) => sum + self, 0))
}

export function costsOfHeap({ head }: HeapProfiler.SamplingHeapProfile, calls: number): Cost[] {
  const branch = ({ callFrame, selfSize, children }: HeapProfiler.SamplingHeapProfileNode): Branch => ({
    frame: callFrame,
    self: selfSize,
    below: children.map(branch),
  })
  return scale(sumUp(branch(head)), 1 / calls)
}

/** Adds up by function, the most expensive first. */
function sumUp(root: Branch): Cost[] {
  const found = new Map<string, Cost>()
  const walk = ({ frame, self, below }: Branch, caller: string) => {
    const place = placeOf(frame, caller)
    if (self > 0 && place !== undefined) {
      const name = frame.functionName || '(anonymous)'
      const key = `${place} ${name} ${frame.url}:${frame.lineNumber}`
      found.set(key, { name, place, self: (found.get(key)?.self ?? 0) + self })
    }
    for (const next of below) walk(next, place ?? caller)
  }
  walk(root, 'native')
  return [...found.values()].sort((left, right) => right.self - left.self)
}

function scale(costs: readonly Cost[], factor: number): Cost[] {
  return costs.map((cost) => ({ ...cost, self: cost.self * factor }))
}

/** The same by place. */
export function sumByPlace(costs: readonly Cost[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  for (const { place, self } of costs) found.set(place, (found.get(place) ?? 0) + self)
  return found
}
