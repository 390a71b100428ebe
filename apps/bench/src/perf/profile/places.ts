import type { Runtime } from 'node:inspector'

/** Parts of Node by how the addresses of its own modules begin. */
const NODE_PARTS: readonly (readonly [pattern: RegExp, place: string])[] = [
  [/^node:(internal\/)?crypto/, 'node: crypto'],
  [/^node:(net|stream|internal\/(streams|stream_base|net|js_stream)|_stream)/, 'node: net, streams'],
  [/^node:(internal\/)?(events|timers|process\/task_queues|async_hooks|abort)/, 'node: events, timers, tasks'],
  [/^node:(internal\/)?(http|_http|https)/, 'node: http'],
  [/^node:(internal\/)?buffer/, 'node: buffer'],
  [/^node:/, 'node: the rest'],
]

/**
 * The package or part of Node that a function belongs to. C++ has no address and WebAssembly no file: both count for their
 * caller.
 * undefined: waiting, which costs nothing.
 */
export function placeOf({ functionName, url }: Runtime.CallFrame, caller: string): string | undefined {
  if (functionName === '(idle)') return undefined
  if (functionName === '(garbage collector)') return 'garbage collection'
  if (functionName.startsWith('(') && functionName !== '(anonymous)') return 'native'
  if (url === '' || url.startsWith('wasm:')) return caller
  const [, ours] = /\/packages\/([^/]+)\/dist\//.exec(url) ?? []
  if (ours !== undefined) return `@kmsign/${ours}`
  const [, theirs] = /^.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url) ?? []
  if (theirs !== undefined) return theirs
  return NODE_PARTS.find(([pattern]) => pattern.test(url))?.[1] ?? 'caller'
}
