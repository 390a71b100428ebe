import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Signer } from '@kmsign/core'
import { describe, expect, it } from 'vitest'
import { type EmulatedAdapter, type EmulatorLike, emulatorSubject } from '../src/emulator-subject.ts'

/** Keys that are files with a word in them. */
interface Fake extends EmulatorLike {
  readonly dataDirectory: string
  readonly closed: boolean
}

const RSA = { algorithm: 'RSA_PSS_SHA_256', keySpec: 'RSA_2048' } as const
const CURVE = { algorithm: 'ECDSA_SHA_256', keySpec: 'EC_P256' } as const

function fakeAdapter(change: Partial<EmulatedAdapter<'RSA_PSS_SHA_256' | 'ECDSA_SHA_256', object, Fake>> = {}) {
  const started: Fake[] = []
  const given: unknown[] = []
  const subject = emulatorSubject<'RSA_PSS_SHA_256' | 'ECDSA_SHA_256', object, Fake>({
    ...{ provider: 'fake', algorithms: [RSA, CURVE], digest: true, messageBytes: [0, 100] },
    ...{ remoteVerify: true, publicKey: true },
    async start({ dataDirectory }) {
      let closed = false
      const close = async () => {
        closed = true
      }
      const publicKey = async (id: string) => readFileSync(join(dataDirectory, 'folder', id), 'utf8')
      const faults = { add: () => {}, clear: () => {} }
      const fake = { url: '', faults, requests: [], publicKey, close, dataDirectory }
      const emulator = Object.defineProperty(fake, 'closed', { get: () => closed }) as typeof fake &
        Pick<Fake, 'closed'>
      started.push(emulator)
      return emulator
    },
    credentials: () => ({ id: 'me', secretKey: 'canary' }),
    async createKey({ dataDirectory }) {
      mkdirSync(join(dataDirectory, 'folder'), { recursive: true })
      const id = `key-${Math.random()}`
      writeFileSync(join(dataDirectory, 'folder', id), 'enabled')
      return id
    },
    disable: ({ dataDirectory }, id) => writeFileSync(join(dataDirectory, 'folder', id), 'disabled'),
    signer(_emulator, _keyId, { credentials }) {
      given.push(credentials)
      return {} as Signer
    },
    ...change,
  })
  return { subject, started, given }
}

describe('the subject of an emulated adapter', () => {
  it('hands every test the same RSA keys, as they were before the last one', async () => {
    const { subject, started } = fakeAdapter()
    const first = await subject.start(RSA)
    await first.disable?.(0)
    expect(await first.publicKey(0)).toBe('disabled')
    await first.close()
    const second = await subject.start(RSA)
    expect(await second.publicKey(0)).toBe('enabled')
    await second.close()
    expect(started.filter(({ closed }) => !closed)).toEqual([])
    const [made, ...copies] = started.map(({ dataDirectory }) => existsSync(dataDirectory))
    expect([made, ...copies]).toEqual([true, false, false])
    await subject.finish?.()
    expect(started.some(({ dataDirectory }) => existsSync(dataDirectory))).toBe(false)
  })

  it('makes other keys anew', async () => {
    const { subject, started } = fakeAdapter()
    const first = await subject.start(CURVE)
    await first.disable?.(1)
    await first.close()
    const second = await subject.start(CURVE)
    expect(await second.publicKey(1)).toBe('enabled')
    await second.close()
    await subject.finish?.()
    expect(started.every(({ closed }) => closed)).toBe(true)
  })

  it.each([RSA, CURVE])('ends the emulator in which no key can be made: $keySpec', async (need) => {
    const refusal = new Error('no keys today')
    const { subject, started } = fakeAdapter({ createKey: () => Promise.reject(refusal) })
    await expect(subject.start(need)).rejects.toBe(refusal)
    await subject.finish?.()
    expect(started.length).toBeGreaterThan(0)
    expect(started.every(({ closed }) => closed)).toBe(true)
  })

  it('chooses credentials by name and hands on whatever else it is given', async () => {
    const { subject, given } = fakeAdapter()
    const { signer, secrets, close } = await subject.start(CURVE)
    const ask = async () => Promise.reject(new Error('none'))
    for (const credentials of [undefined, 'right', 'wrong', 'a text', 7, ask]) {
      signer(0, { algorithm: 'ECDSA_SHA_256', ...(credentials !== undefined && { credentials }) } as never)
    }
    const right = { id: 'me', secretKey: 'canary' }
    expect(given).toEqual([right, right, { id: 'me', secretKey: secrets[0] }, 'a text', 7, ask])
    expect(secrets).toContain('canary')
    await close()
    await subject.finish?.()
  })
})
