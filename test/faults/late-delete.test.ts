import { setTimeout as sleep } from 'node:timers/promises'
import postgres from 'postgres'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { definition, hour } from '../helpers/seasons.ts'
import { startStack, type Stack } from '../helpers/stack.ts'
import { eventually } from '../helpers/wait.ts'

let stack: Stack
beforeAll(async () => {
  stack = await startStack({ nodes: 2, ownPostgres: true })
}, 240_000)
afterAll(() => stack.stop())

test('changes whose commit takes long, as without a synchronous standby, reach every server', async () => {
  const admin = await stack.client()
  for (const id of ['gone', 'kept', 'played'])
    expect((await admin.send('POST', '/v1/leaderboards', { id, types: ['GLOBAL', 'SEASONAL'] })).status).toBe(201)
  const clients = [admin, await stack.client('admin', 'tester', 1)]
  for (const client of clients) expect((await client.get('/v1/leaderboards/gone')).status).toBe(200)

  const operator = postgres(stack.env.DATABASE_URL!, {
    max: 1,
    onnotice: () => {},
    connection: { synchronous_commit: 'local' },
  })
  const standby = async (name: string) => {
    await operator.unsafe(`alter system set synchronous_standby_names = '${name}'`)
    await operator`select pg_reload_conf()`
    await eventually(async () => {
      const [row] = await stack.sql<{ is: string }[]>`select current_setting('synchronous_standby_names') as is`
      expect(row!.is).toBe(name)
    })
  }
  try {
    await standby('away')
    const past = definition('played', 'past', -100 * hour, -90 * hour)
    // Nobody knows what came of them, for longer than any poll looks back.
    const answers = await Promise.all([
      admin.send('DELETE', '/v1/leaderboards/gone'),
      admin.send('PATCH', '/v1/leaderboards/kept', { title: 'Later' }),
      admin.send('POST', '/v1/seasons', past),
    ])
    expect(answers.map(({ status }) => status)).toEqual([503, 503, 503])
    await sleep(8000)
    await standby('')
  } finally {
    await operator.end({ timeout: 1 })
  }
  await eventually(async () => {
    for (const client of clients) {
      expect((await client.get('/v1/leaderboards/gone')).status).toBe(404)
      expect((await client.submit('gone', { playerId: 'x', score: 1 })).status).toBe(404)
      expect((await client.get('/v1/leaderboards/kept')).body).toMatchObject({ title: 'Later' })
      expect((await client.get('/v1/leaderboards/played/standings?standings=SEASONAL:past')).status).toBe(200)
    }
  })
}, 240_000)
