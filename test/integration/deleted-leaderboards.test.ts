import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLog } from '../../src/log.ts'
import { createLeaderboardStore } from '../../src/postgres/standings/leaderboards.ts'
import { connectBriefly, mastersOf, type RedisClient } from '../../src/redis/open.ts'
import type { Client } from '../helpers/client.ts'
import { follow } from '../helpers/follower.ts'
import { makeLedgerItem } from '../helpers/leaderboards.ts'
import { startSealingRig, type SealingRig } from '../helpers/sealing-rig.ts'
import { definition, hour } from '../helpers/seasons.ts'
import { startStack, type Stack } from '../helpers/stack.ts'
import { eventually } from '../helpers/wait.ts'

const log = createLog({ level: 'warn', pretty: false })

describe('a server that has not heard of it yet', () => {
  let rig: SealingRig
  beforeAll(async () => {
    rig = await startSealingRig()
  })
  afterAll(() => rig.stop())
  /** As another server deletes it. */
  const remove = (board: Parameters<ReturnType<typeof createLeaderboardStore>['remove']>[0]) =>
    createLeaderboardStore(rig.sql, log).remove(board)

  test.each([
    ['in a batch that is read for', 1],
    ['in one that is folded over what the lane remembers', 6],
  ])('stores no score %s', async (_, batches) => {
    const board = await rig.board({ types: ['GLOBAL', 'SESSION'], operator: 'sum' })
    const now = Date.now()
    const commit = async (submissionId: string, sessionId = 's') => {
      const item = makeLedgerItem({ board, submissionId, sessionId, occurredAt: now })
      return (await rig.ledger.commit(0, [item], now)).outcomes[0]!
    }
    for (let batch = 0; batch < batches; batch++)
      expect(await commit(`before-${batch}`)).toMatchObject({ kind: 'stored' })
    await remove(board)
    expect(await commit('after')).toMatchObject({ kind: 'refused', code: 'WINDOW_CLOSED' })
    expect(await commit('new', 'another session')).toMatchObject({ kind: 'refused', code: 'WINDOW_CLOSED' })
    const [row] = await rig.sql<{ stored: number; standings: number }[]>`
      select (select count(*) from submissions where leaderboard_no = ${board.no}) as stored,
        (select count(*) from standings where leaderboard_no = ${board.no}) as standings`
    expect(row).toEqual({ stored: batches, standings: 2 })
  })

  test('forgets it when it lists all of them', async () => {
    const board = await rig.board({})
    const store = createLeaderboardStore(rig.sql, log)
    expect(await store.find(board.id)).toMatchObject({ no: board.no })
    // By hand, so that no poll hears of it.
    await rig.sql`update leaderboards set deleted_at = now() where no = ${board.no}`
    await store.list()
    expect(await store.find(board.id)).toBeNull()
  })
})

describe('what is left of it', () => {
  let stack: Stack
  let admin: Client
  beforeAll(async () => {
    stack = await startStack({ nodes: 2 })
    admin = await stack.client()
  }, 60_000)
  afterAll(() => stack.stop())
  const withRedis = async <T>(work: (redis: RedisClient) => Promise<T>): Promise<T> => {
    const redis = await connectBriefly(stack.redis.url, 5000)
    return work(redis).finally(() => redis.disconnect())
  }
  const numberOf = async (id: string) =>
    (await stack.sql<{ no: number }[]>`select no from leaderboards where id = ${id} order by no desc limit 1`)[0]!.no
  /** Those that Redis keeps for ever. */
  const keysOf = (no: number) =>
    withRedis(async (redis) => {
      const keys = (await Promise.all(mastersOf(redis).map((one) => one.keys(`rp:{${no}}:*`)))).flat()
      const lives = await Promise.all(keys.map((key) => redis.ttl(key)))
      return keys.filter((_, at) => lives[at] === -1)
    })
  const rowsOf = async (no: number) => {
    const [row] = await stack.sql<Record<string, number>[]>`
      select (select count(*)::int from submissions where leaderboard_no = ${no}) as ledger,
        (select count(*)::int from leaderboard_entries e join standings s on s.id = e.standings_id
          where s.leaderboard_no = ${no}) as entries,
        (select count(*)::int from final_places p join standings s on s.id = p.standings_id
          where s.leaderboard_no = ${no}) as places,
        (select count(*)::int from standings where leaderboard_no = ${no} and status <> 'SEALED') as open,
        (select count(*)::int from standings where leaderboard_no = ${no}) as standings,
        (select count(*)::int from seasons where leaderboard_no = ${no}) as seasons,
        (select count(*)::int from trend_snapshots t join standings s on s.id = t.standings_id
          where s.leaderboard_no = ${no}) as trends,
        (select count(*)::int from leaderboards where no = ${no} and purge_at is not null) as due`
    return row!
  }
  /** As if it had been deleted two hours ago. */
  const age = (no: number) =>
    stack.sql`update leaderboards set deleted_at = now() - interval '2 hours', purge_at = now() where no = ${no}`
  const fill = async (id: string) => {
    const types = ['GLOBAL', 'DAILY', 'SESSION', 'SEASONAL']
    expect((await admin.send('POST', '/v1/leaderboards', { id, types })).status).toBe(201)
    expect((await admin.send('POST', '/v1/seasons', definition(id, `${id}-season`, -hour, hour))).status).toBe(201)
    const submissions = Array.from({ length: 40 }, (_, at) => ({
      playerId: `p${at}`,
      score: at,
      sessionId: `s${at % 3}`,
    }))
    expect((await admin.send('POST', `/v1/leaderboards/${id}/scores/batch`, { submissions })).status).toBe(200)
    const no = await numberOf(id)
    await stack.sql`
      insert into trend_snapshots (standings_id, taken_on, ranks)
      select id, current_date, '{}' from standings where leaderboard_no = ${no} and type = 'GLOBAL'`
    await stack.sql`
      insert into final_places (standings_id, place, player_id, score)
      select id, p, 'p' || p, p from standings, generate_series(1, 40) p where leaderboard_no = ${no} and type = 'GLOBAL'`
    await eventually(async () => expect((await keysOf(no)).length).toBeGreaterThan(12))
    return no
  }
  const nothing = { ledger: 0, entries: 0, places: 0, open: 0 }

  test('goes, although clients are in its rooms; its number stays', async () => {
    const no = await fill('watched')
    const follower = await follow(stack.servers[1]!.url, { leaderboard: 'watched' })
    expect((await admin.send('DELETE', '/v1/leaderboards/watched')).status).toBe(204)
    await eventually(() => expect(follower.messages.map(({ event }) => event)).toContain('standings:closed'))
    await eventually(async () => expect([await keysOf(no), await rowsOf(no)]).toMatchObject([[], nothing]))
    await age(no)
    await eventually(async () =>
      expect(await rowsOf(no)).toEqual({ ...nothing, standings: 0, seasons: 0, trends: 0, due: 0 }),
    )
    expect(await keysOf(no)).toEqual([])
    expect(await numberOf('watched')).toBe(no)
    follower.socket.disconnect()
  })

  test('what a node that was held up brings back goes too', async () => {
    const no = await fill('late')
    await admin.send('DELETE', '/v1/leaderboards/late')
    await eventually(async () => expect([await keysOf(no), await rowsOf(no)]).toMatchObject([[], nothing]))
    const [row] = await stack.sql<{ id: number }[]>`
      select id from standings where leaderboard_no = ${no} and type = 'GLOBAL'`
    await withRedis(async (redis) => {
      await redis.zadd(`rp:{${no}}:${row!.id}:z`, 1, 'late')
      await redis.set(`rp:{${no}}:w`, 'late')
    })
    await age(no)
    await eventually(async () => expect([await keysOf(no), (await rowsOf(no)).due]).toEqual([[], 0]))
  })

  test('goes once Redis is back, when it was away', async () => {
    const no = await fill('away')
    await stack.redis.kill()
    expect((await admin.send('DELETE', '/v1/leaderboards/away')).status).toBe(204)
    await eventually(async () => expect(await rowsOf(no)).toMatchObject({ ...nothing, due: 1 }))
    await stack.restartRedis()
    await eventually(async () => expect(await keysOf(no)).toEqual([]), 60_000)
  }, 120_000)
})
