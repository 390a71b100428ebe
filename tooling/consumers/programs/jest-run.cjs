/* global test, expect */
// The CommonJS program inside Jest, with Jest's defaults: a realm of its own and no transform of node_modules.
const { main } = require('./sign.cjs')

const names = process.env.CONSUMER_ADAPTERS.split(',')

test('signs and verifies with every adapter', async () => {
  const done = await main(names)
  expect(done.length).toBeGreaterThanOrEqual(names.length)
}, 60_000)

test('loads every adapter', () => {
  for (const name of names) expect(Object.keys(require(`@kmsign/${name}`)).length).toBeGreaterThan(0)
})
