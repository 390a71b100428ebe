import type { Bench } from './bench.ts'
import { runModule } from './process-run.ts'
import type { Row } from './row.ts'
import { median, pairedRatio } from './statistics.ts'

const IMPORT = `
import 'node:crypto'
const startedAt = performance.now()
await import('@kmsign/core')
await import('@kmsign/adapter-volcengine')
console.log(performance.now() - startedAt)
`
const PLACE = `const keyId = '39a0e7c6-b7dd-4c83-b400-3449bb95403a', accessKeyId = 'AKLTexample', secret = 'c2VjcmV0'`
const ours = (url: string) => `${PLACE}
import { createVolcengineSigner } from '@kmsign/adapter-volcengine'
const signer = createVolcengineSigner({ baseUrl: '${url}', keyId, region: 'cn-beijing', algorithm: 'RSA_PKCS1_SHA_256',
  keySpec: 'RSA_2048', integrity: 'off', credentials: { accessKeyId, secretAccessKey: secret } })
await signer.sign(new Uint8Array(32))
process.exit(0)
`
const openapi = (url: string) => `${PLACE}
import api from '@volcengine/openapi'
const service = new api.Service({ host: '${new URL(url).host}', protocol: 'http:', serviceName: 'kms',
  region: 'cn-beijing', defaultVersion: '2021-02-18', accessKeyId, secretKey: secret })
await service.createJSONAPI('AsymmetricSign')({ Message: 'AAAA' }, { query: { KeyID: keyId } })
process.exit(0)
`

/** Whole processes, one after the other in turn. */
export async function coldRows(bench: Bench): Promise<Row[]> {
  const { rsa } = await bench.children.start().ask('serve', undefined)
  const [imports, own, theirs]: [number[], number[], number[]] = [[], [], []]
  for (let round = 0; round <= bench.effort.rounds; round += 1) {
    bench.progress(`cold starts, round ${round} of ${bench.effort.rounds}`)
    const [load, first, second] = [
      await runModule(IMPORT),
      await runModule(ours(rsa.url)),
      await runModule(openapi(rsa.url)),
    ]
    // The first round fills the page cache.
    if (round === 0) continue
    imports.push(Number(load.output))
    own.push(first.wallMs)
    theirs.push(second.wallMs)
  }
  return [
    { what: 'Import of core and adapter over node:crypto', value: median(imports), unit: 'ms', goal: { atMost: 8 } },
    { what: 'Cold import and first signature ÷ openapi', value: pairedRatio(own, theirs), goal: { atMost: 1.15 } },
  ]
}
