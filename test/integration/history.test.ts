import { afterAll, beforeAll, expect, test } from 'vitest'
import type { History } from '../../src/contract/reads.ts'
import type { Client } from '../helpers/client.ts'
import { startStack, type Stack } from '../helpers/stack.ts'

let stack: Stack
let admin: Client
beforeAll(async () => {
  stack = await startStack()
  admin = await stack.client()
})
afterAll(() => stack.stop())

const board = (id: string, definition: object) => admin.send('POST', '/v1/leaderboards', { id, ...definition })
const history = async (id: string, query = '') => {
  const { body } = await admin.get<History>(`/v1/leaderboards/${id}/players/p/history${query}`)
  return body.entries.map(({ score, kind, reason, changed }) => [score, kind, reason, ...(changed ? [changed] : [])])
}

test('without a selector a row that changed the session only was not applied', async () => {
  await board('own', { types: ['GLOBAL', 'SESSION'] })
  for (const [score, sessionId] of [
    [900, 's1'],
    [100, 's2'],
  ] as const)
    await admin.submit('own', { playerId: 'p', score, sessionId })
  const global = [
    [100, 'SCORE', 'NOT_BETTER'],
    [900, 'SCORE', null],
  ]
  expect(await history('own')).toEqual(global)
  expect(await history('own', '?standings=GLOBAL')).toEqual(global)
  expect(await history('own', '?standings=SESSION:s2')).toEqual([[100, 'SCORE', null]])
  expect(await history('own', '?standings=*')).toEqual([
    [100, 'SCORE', null, ['SESSION:s2']],
    [900, 'SCORE', null, ['GLOBAL', 'SESSION:s1']],
  ])
  expect(await history('own', '?standings=*&limit=1')).toHaveLength(1)
})

test('the first of the types stands in where there is no GLOBAL', async () => {
  await board('weeks', { types: ['WEEKLY', 'SESSION'], operator: 'last' })
  for (const score of [5, 5]) await admin.submit('weeks', { playerId: 'p', score, sessionId: `s${score}` })
  await admin.submit('weeks', { playerId: 'p', score: 5, sessionId: 'other' })
  expect(await history('weeks')).toEqual([
    [5, 'SCORE', 'UNCHANGED'],
    [5, 'SCORE', 'UNCHANGED'],
    [5, 'SCORE', null],
  ])
  expect(await history('weeks')).toEqual(await history('weeks', '?standings=WEEKLY'))
})

test('a closed window that left no standings is in the history of the one it was meant for', async () => {
  await board('late', { types: ['GLOBAL', 'DAILY'], graceMs: 0 })
  const day = new Date(Date.now() - 3 * 86_400_000).toISOString()
  await admin.submit('late', { playerId: 'p', score: 7, occurredAt: day })
  expect(await history('late', `?standings=DAILY:${day.slice(0, 10)}`)).toEqual([[7, 'SCORE', 'WINDOW_CLOSED']])
  expect(await history('late')).toEqual([[7, 'SCORE', null]])
})

test('a row of another kind is of the standings that it had an effect on', async () => {
  await board('kinds', { types: ['GLOBAL', 'REGIONAL'] })
  const put = (region: string) => admin.send('PUT', '/v1/players/p', { displayName: 'P', region })
  await put('EU')
  await admin.submit('kinds', { playerId: 'p', score: 3 })
  await put('US')
  await admin.send('POST', '/v1/players/p/ban', { reason: 'why' })
  await admin.send('POST', '/v1/players/p/unban')
  await admin.send('DELETE', '/v1/leaderboards/kinds/players/p')
  const of = async (query: string) => (await history('kinds', query)).map(([, kind]) => kind)
  expect(await of('')).toEqual(['REMOVE', 'UNBAN', 'BAN', 'SCORE'])
  expect(await of('?standings=REGIONAL:EU')).toEqual(['REGION', 'SCORE'])
  expect(await of('?standings=REGIONAL:US')).toEqual(['REMOVE', 'UNBAN', 'BAN', 'REGION'])
  const all = await history('kinds', '?standings=*')
  expect(all.map(([, kind]) => kind)).toEqual(['REMOVE', 'UNBAN', 'BAN', 'REGION', 'SCORE'])
  expect(all.find(([, kind]) => kind === 'REGION')).toEqual([3, 'REGION', null, ['REGIONAL:EU', 'REGIONAL:US']])
})
