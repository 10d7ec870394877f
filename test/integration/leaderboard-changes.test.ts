import { afterAll, beforeAll, expect, test } from 'vitest'
import type { LeaderboardView } from '../../src/contract/leaderboard.ts'
import type { Client } from '../helpers/client.ts'
import { follow } from '../helpers/follower.ts'
import { startStack, type Stack } from '../helpers/stack.ts'
import { eventually } from '../helpers/wait.ts'

let stack: Stack
let nodes: [Client, Client]
beforeAll(async () => {
  stack = await startStack({ nodes: 2 })
  nodes = [await stack.client(), await stack.client('admin', 'second', 1)]
})
afterAll(() => stack.stop())

const post = (definition: object) => nodes[0].send<LeaderboardView>('POST', '/v1/leaderboards', definition)
const patch = (id: string, change: object, node: 0 | 1 = 0) =>
  nodes[node].send<LeaderboardView>('PATCH', `/v1/leaderboards/${id}`, change)
const read = async (id: string, node: 0 | 1 = 0) =>
  (await nodes[node].get<LeaderboardView>(`/v1/leaderboards/${id}`)).body

test('a description is kept, shown by every node, changed and taken away', async () => {
  const description = 'Data: example.org · CC0 · ⚽'
  expect(await post({ id: 'described', description })).toMatchObject({ status: 201, body: { description } })
  expect(await post({ id: 'described', description })).toMatchObject({ status: 200, body: { description } })
  expect(await post({ id: 'described' })).toMatchObject({ status: 409 })
  expect(await patch('described', { description: 'Other' })).toMatchObject({ body: { description: 'Other' } })
  expect(await patch('described', { title: 'Title' })).toMatchObject({ body: { description: 'Other', title: 'Title' } })
  await eventually(async () =>
    expect(await read('described', 1)).toMatchObject({ description: 'Other', title: 'Title' }),
  )
  const { body } = await nodes[1].get<{ leaderboards: LeaderboardView[] }>('/v1/leaderboards')
  expect(body.leaderboards.find(({ id }) => id === 'described')).toMatchObject({ description: 'Other' })
  expect((await patch('described', { description: '' })).body).not.toHaveProperty('description')
  expect(await post({ id: 'described', title: 'Title' })).toMatchObject({ status: 200 })
})

test.each([
  ['longer than 500 characters', 'x'.repeat(501)],
  ['a broken surrogate', '\ud800'],
  ['a control character', 'a\nb'],
  ['no text', 7],
])('a description that is %s is refused and changes nothing', async (name, description) => {
  const id = `bad-${name.replaceAll(/[^a-z]/g, '-')}`
  expect(await post({ id, description })).toMatchObject({ status: 400, body: { code: 'VALIDATION' } })
  await post({ id, description: 'x'.repeat(500) })
  expect(await patch(id, { description })).toMatchObject({ status: 400, body: { code: 'VALIDATION' } })
  expect((await read(id)).description).toBe('x'.repeat(500))
})

test('changes by two nodes at the same time are both kept', async () => {
  await post({ id: 'raced' })
  for (let n = 1; n <= 20; n++) {
    const changes = [patch('raced', { description: `day ${n}` }), patch('raced', { liveLimit: n }, 1)]
    for (const { status } of await Promise.all(changes)) expect(status).toBe(200)
    for (const node of [0, 1] as const)
      await eventually(async () =>
        expect(await read('raced', node)).toMatchObject({ description: `day ${n}`, liveLimit: n }),
      )
  }
})

test('a change that the present definition forbids is refused whoever made it so', async () => {
  await post({ id: 'bounds' })
  await patch('bounds', { minScore: 10 }, 1)
  expect(await patch('bounds', { maxScore: 5 })).toMatchObject({ status: 400, body: { code: 'VALIDATION' } })
  expect(await patch('unknown', { title: 'x' })).toMatchObject({ status: 404 })
})

test('a rating leaderboard has no operator that a change could name, not even the one it works by', async () => {
  await post({ id: 'rated', metric: 'rating', types: ['GLOBAL'] })
  for (const operator of ['best', 'last', 'sum'])
    expect(await patch('rated', { operator })).toMatchObject({ status: 409, body: { code: 'CONFLICT' } })
  await post({ id: 'scored', operator: 'last' })
  expect(await patch('scored', { operator: 'last' })).toMatchObject({ status: 200, body: { operator: 'last' } })
})

test('rooms stay in their epoch while descriptions change', async () => {
  await post({ id: 'calm', tickMs: 50 })
  await nodes[0].submit('calm', { playerId: 'p0', score: 0 })
  const follower = await follow(stack.url, { leaderboard: 'calm' })
  for (let n = 1; n <= 10; n++) {
    await patch('calm', { description: `day ${n}` })
    await nodes[0].submit('calm', { playerId: `p${n}`, score: n })
    await eventually(() => expect(follower.rows()).toHaveLength(n + 1))
  }
  expect(follower.messages.map(({ event }) => event)).not.toContain('standings:reset')
  expect(follower.rejoins()).toBe(0)
  follower.close()
})
