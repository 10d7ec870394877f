import { afterAll, beforeAll, expect, test } from 'vitest'
import { startStack, type Stack } from '../helpers/stack.ts'

const lost = '4503599627370497.5'
let stack: Stack
let authorization: string
beforeAll(async () => {
  stack = await startStack()
  authorization = `Bearer ${await stack.token('admin', 'ops')}`
  const admin = await stack.client()
  await admin.send('POST', '/v1/leaderboards', { id: 'arena', decimals: 2, operator: 'last' })
  await admin.send('POST', '/v1/leaderboards', { id: 'whole' })
  await admin.send('POST', '/v1/leaderboards', { id: 'ladder', metric: 'rating' })
  await admin.send('POST', '/v1/matches', { id: 'm1', leaderboard: 'ladder', type: 'RANKED', playerIds: ['a', 'b'] })
  await admin.send('POST', '/v1/matches/m1/start')
})
afterAll(async () => stack.stop())

async function send(method: string, path: string, body: string) {
  const headers = { authorization, 'content-type': 'application/json' }
  const answer = await fetch(stack.url + path, { method, headers, body })
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}
const scores = '/v1/leaderboards/arena/scores'
const refused = (path: string) => ({
  status: 400,
  body: {
    code: 'VALIDATION',
    issues: [{ path, message: 'must be a number that a double (IEEE 754) holds as it is written' }],
  },
})

test('every number of a body is refused where a double is another one, by its path', async () => {
  const result = (more: string) => `{"results":[{"playerId":"a","placement":1${more}},{"playerId":"b","placement":2}]}`
  const bodies: [string, string, string, string][] = [
    ['POST', scores, `{"playerId":"p","score":${lost}}`, 'score'],
    ['POST', '/v1/leaderboards', `{"id":"new","minScore":${lost}}`, 'minScore'],
    ['POST', '/v1/leaderboards', `{"id":"new","maxScore":0.1000000000000000055}`, 'maxScore'],
    ['PATCH', '/v1/leaderboards/arena', `{"minScore":1e-400}`, 'minScore'],
    ['POST', '/v1/leaderboards', '{"id":"new","tickMs":100.0000000000000001}', 'tickMs'],
    ['POST', '/v1/matches/m1/complete', result(`,"score":${lost}`), 'results.0.score'],
    ['POST', '/v1/matches/m1/complete', result(',"accuracy":99.99999999999999999'), 'results.0.accuracy'],
    ['POST', '/v1/matches/m1/complete', result(',"kills":1.00000000000000001'), 'results.0.kills'],
  ]
  for (const [method, path, body, issue] of bodies)
    expect([path, body, await send(method, path, body)]).toMatchObject([path, body, refused(issue)])
  expect(await stack.sql`select from submissions`).toHaveLength(0)
  const list = await (await fetch(`${stack.url}/v1/leaderboards`)).text()
  expect(list).not.toMatch(/"id":"new"|Score/)
  const query = await fetch(`${stack.url}/v1/leaderboards/arena/what-if?score=${lost}`)
  expect(await query.json()).toMatchObject(refused('score').body)
})

test('in a batch the item fails alone', async () => {
  const items = [`{"playerId":"p1","score":1.5}`, `{"playerId":"p2","score":${lost}}`, `{"playerId":"p3","score":2.50}`]
  const { status, body } = await send('POST', `${scores}/batch`, `{"submissions":[${items.join(',')}]}`)
  expect(status).toBe(200)
  expect(body['receipts']).toMatchObject([
    { playerId: 'p1', score: 1.5, applied: true },
    { submissionId: null, error: refused('score').body },
    { playerId: 'p3', score: 2.5, applied: true },
  ])
})

test.each([
  ['12.50', 12.5],
  ['1.250e1', 12.5],
  ['0.07000000000000000000000', 0.07],
  ['1e3', 1000],
  ['-0', 0],
  ['-0.00e-999999', 0],
  ['9999999999999.99', 9_999_999_999_999.99],
])('%s is taken as it is', async (literal, score) => {
  expect(await send('POST', scores, `{"playerId":"p","score":${literal}}`)).toMatchObject({
    status: 200,
    body: { score },
  })
})

test.each([9_007_199_254_740_991, -9_007_199_254_740_991])('%d comes back from everywhere', async (score) => {
  const playerId = `whole${Math.sign(score) + 1}`
  const { body } = await send('POST', '/v1/leaderboards/whole/scores', JSON.stringify({ playerId, score }))
  expect(body).toMatchObject({ score, standings: [{ score }] })
  for (const read of [`players/${playerId}`, 'standings', `players/${playerId}/history`]) {
    const answer = await fetch(`${stack.url}/v1/leaderboards/whole/${read}`, { headers: { authorization } })
    expect(await answer.text()).toContain(`"score":${score}`)
  }
})

test('metadata are not looked into', async () => {
  const metadata = `{"seed":9007199254740993,"tiny":1e-400}`
  const { status } = await send('POST', scores, `{"playerId":"meta","score":1,"metadata":${metadata}}`)
  expect(status).toBe(200)
  const [row] = await stack.sql`select metadata from submissions where player_id = 'meta'`
  expect(row!['metadata']).toEqual({ seed: 9_007_199_254_740_992, tiny: 0 })
})
