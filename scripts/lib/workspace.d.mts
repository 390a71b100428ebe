// Types for the tests that use these functions.
export interface PublishedPackage {
  readonly folder: string
  readonly name: string
  readonly manifest: {
    readonly version: string
    readonly exports: Readonly<Record<string, unknown>>
    readonly dependencies?: Readonly<Record<string, string>>
    readonly peerDependencies?: Readonly<Record<string, string>>
  }
}
export interface Outcome {
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
  readonly output: string
}
export declare const root: string
export declare function publishedPackages(): readonly PublishedPackage[]
export declare function missingBuild(): readonly string[]
export declare function run(
  command: string,
  args: readonly string[],
  options?: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv; readonly timeoutMs?: number },
): Promise<Outcome>
export declare function packAll(destination: string): Promise<ReadonlyMap<string, string>>
