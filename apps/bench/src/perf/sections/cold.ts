import type { Bench } from '../bench.ts'
import { KEY_ID, REGION } from '../clients/client.ts'
import { moduleText } from '../process-run.ts'
import { atMost, type Row } from '../row.ts'
import { median, spreadOf } from '../statistics.ts'
import { ratio } from './section.ts'

const IMPORT = `
import 'node:crypto'
const startedAt = performance.now()
await import('@kmsign/core')
await import('@kmsign/adapter-volcengine')
console.log(performance.now() - startedAt)
`
const PLACE = `const keyId = '${KEY_ID}', region = '${REGION}', accessKeyId = 'AKLTexample', secret = 'c2VjcmV0'`
const ours = (url: string) => `${PLACE}
import { createVolcengineSigner } from '@kmsign/adapter-volcengine'
const signer = createVolcengineSigner({ baseUrl: '${url}', keyId, region, algorithm: 'RSA_PKCS1_SHA_256',
  keySpec: 'RSA_2048', integrity: 'off', credentials: { accessKeyId, secretAccessKey: secret } })
await signer.sign(new Uint8Array(32))
process.exit(0)
`
const openapi = (url: string) => `${PLACE}
import api from '@volcengine/openapi'
const service = new api.Service({ host: '${new URL(url).host}', protocol: 'http:', serviceName: 'kms',
  region, defaultVersion: '2021-02-18', accessKeyId, secretKey: secret })
await service.createJSONAPI('AsymmetricSign')({ Message: 'AAAA' }, { query: { KeyID: keyId } })
process.exit(0)
`

/** Whole processes, one after the other in turn. */
export async function cold(bench: Bench): Promise<Row[]> {
  const { rsa } = await bench.children.start('server').ask('serve', undefined)
  const run = (text: string) => bench.run(process.execPath, moduleText(text))
  const [imports, whole] = [[] as number[], { volcengine: [] as number[], openapi: [] as number[] }]
  for (let round = 0; round <= bench.effort.coldRounds; round += 1) {
    bench.progress(`round ${round} of ${bench.effort.coldRounds}`)
    const [load, first, second] = [await run(IMPORT), await run(ours(rsa.url)), await run(openapi(rsa.url))]
    // The first round fills the page cache.
    if (round === 0) continue
    imports.push(Number(load.output))
    whole.volcengine.push(first.wallMs)
    whole.openapi.push(second.wallMs)
  }
  return [
    {
      what: 'Import of core and adapter over node:crypto',
      ...{ value: median(imports), spread: spreadOf(imports), unit: 'ms' },
      ...{ goal: atMost(8), stretch: atMost(5) },
    },
    {
      what: 'Cold import and first signature ÷ openapi',
      ...ratio((name: 'volcengine' | 'openapi') => whole[name], 'volcengine', 'openapi', 'ms'),
      ...{ goal: atMost(1.15), stretch: atMost(1) },
    },
  ]
}
