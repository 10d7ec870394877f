import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RankedList, RankIndex, RankRow } from '../../src/actions/ports/ranks.ts'
import type { ListBuilder, ListWriter, Loaded } from '../../src/actions/ports/lists.ts'
import { createLog } from '../../src/log.ts'
import type { Leaderboard } from '../../src/ranking/leaderboard.ts'
import { connectRedis, watchConnection, type RedisClient } from '../../src/redis/client.ts'
import { createListBuilder } from '../../src/redis/list-builder.ts'
import { createListWriter } from '../../src/redis/list-writer.ts'
import { createRankStore } from '../../src/redis/rank-store.ts'
import { makeLeaderboard, makeStandings } from './leaderboards.ts'
import { startTestRedis } from './test-redis.ts'

export const listPlayers = ['a', 'B', 'b', 'A_1', 'a.b', 'a-b', 'Z']

export interface RankedLists {
  redis: RedisClient
  writer: ListWriter
  builder: ListBuilder
  index: RankIndex
  /** Standings whose restore the index asked for; they stay lost, so that tests see what is said of them. */
  restored: number[]
  /** An empty list that is WHOLE, as a restore leaves it; of a board of its own unless one is given. */
  open(rules: Pick<Leaderboard, 'order' | 'ties' | 'rankStyle'> | Leaderboard): Promise<RankedList>
  stop(): Promise<void>
}

/** The lists of a private Redis, without Postgres behind them. */
export async function startRankedLists(): Promise<RankedLists> {
  const folder = await mkdtemp(join(tmpdir(), 'rankpulse-lists-'))
  const server = await startTestRedis(folder)
  const times = { connectTimeoutMs: 20_000, commandTimeoutMs: 20_000, retryDelayMs: 100, retryAttempts: 10 }
  const redis = connectRedis({ url: server.url, ...times }, createLog({ level: 'warn', pretty: false }))
  const up = new Promise<void>((resolve) => watchConnection(redis, { up: resolve, down: () => {} }))
  await redis.connect()
  await up
  const writer = createListWriter(redis)
  const builder = createListBuilder(redis)
  const restored: number[] = []
  const index = createRankStore({
    redis,
    writer,
    gate: { connected: () => true, usable: () => true, suspect: () => {}, watch: () => () => true },
    restore: (of) => {
      restored.push(of.standings.id)
      return Promise.resolve(null)
    },
    catchUpList: (of) => Promise.resolve(of),
    restoreWaitMs: 0,
  })
  let made = 0
  return {
    redis,
    writer,
    builder,
    index,
    restored,
    async open(rules) {
      const id = ++made
      const board = 'no' in rules ? rules : makeLeaderboard({ no: id, operator: 'last', liveLimit: 3, ...rules })
      const list: RankedList = { board, standings: makeStandings({ id, leaderboardNo: board.no }) }
      // A copy gets the generation behind the one given.
      const before = { board, standings: { ...list.standings, generation: list.standings.generation - 1 } }
      const [begun] = await builder.begin([before], 'test', 'lost', '')
      if (begun!.state !== 'BEGUN' || (await finishCopy(builder, list, 'test')) !== 'WHOLE')
        throw new Error(`list not opened: ${begun!.state}`)
      return list
    },
    async stop() {
      redis.disconnect()
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Has an empty copy, or what was written into it, take the place of the list under the generation of `list`. */
export async function finishCopy(builder: ListBuilder, list: RankedList, token: string, call = 1): Promise<Loaded> {
  const { generation } = list.standings
  const [loaded] = await builder.load([{ list, call, rows: [], last: null, finish: generation }], token)
  return loaded!
}

/** A first score for every player, two by two equal. */
export function firstScores(list: RankedList): RankRow[] {
  return listPlayers.map((playerId, at) => {
    const version = 95 + at
    return { ...list, playerId, score: at >> 1, version, tie: version, hidden: false }
  })
}

/** As a catch-up asks for them. */
export function versionsText(rows: { playerId: string; version: number }[]): string {
  return rows.map(({ playerId, version }) => `${playerId} ${version}`).join(' ')
}
