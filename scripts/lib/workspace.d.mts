// Types for the tests that use these functions.
export interface PublishedPackage {
  readonly folder: string
  readonly name: string
  readonly version: string
  readonly manifest: {
    readonly version: string
    readonly exports: Readonly<Record<string, unknown>>
    readonly dependencies?: Readonly<Record<string, string>>
    readonly peerDependencies?: Readonly<Record<string, string>>
  }
}
export declare const root: string
export declare function publishedPackages(checkout?: string): readonly PublishedPackage[]
export declare function missingBuild(): readonly string[]
export declare function packAll(destination: string): Promise<ReadonlyMap<string, string>>
