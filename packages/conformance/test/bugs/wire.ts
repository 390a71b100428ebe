import type { SignerDriver } from '@kmsign/core/driver'
import { fromAnswer } from '../reference/adapter.ts'
import type { Backend, Credentials } from '../reference/backend.ts'

/** The driver's three operations sent to another key. */
export function backendSigner(
  driver: SignerDriver<Credentials>,
  backend: Backend,
  key: 0 | 1,
): Partial<SignerDriver<Credentials>> {
  const keyId = backend.keys[key].id
  return {
    signPayload: async (request, attempt) => fromAnswer(await backend.sign({ keyId, ...request }, attempt)),
    verifyPayload: (request, attempt) => backend.verify({ keyId, ...request }, attempt),
    async fetchPublicKey(request, attempt) {
      const answer = await driver.fetchPublicKey?.(request, attempt)
      return { ...answer, spki: await backend.publicKey({ keyId, ...request }, attempt) }
    },
  }
}
