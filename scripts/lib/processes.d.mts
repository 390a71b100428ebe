// Types for the tests that use these functions.
export interface Outcome {
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
  readonly output: string
}
export declare function attempt(
  command: string,
  args: readonly string[],
  options?: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv; readonly timeoutMs?: number },
): Promise<Outcome>
export declare function temporaryFolder(name: string): string
