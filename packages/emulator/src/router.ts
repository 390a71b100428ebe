import { type ProviderHandlers, type ProviderName, splitTarget, type WireRequest } from './message.ts'

/** Which provider a request is meant for: all of them share one port. */
export function routeRequest(request: WireRequest): ProviderName {
  const { path } = splitTarget(request.target)
  if (path.startsWith('/kms/v1/') || path.startsWith('/keys/')) return 'ncp'
  if (request.headers['x-amz-target']?.startsWith('TrentService.')) return 'aws'
  return 'volcengine'
}

export type Providers = Readonly<Record<ProviderName, ProviderHandlers>>
