import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { createLog } from '../../src/log.ts'
import { arrayTypes } from '../../src/postgres/array-types.ts'
import { connectSql, keyedAccess, type Sql } from '../../src/postgres/client.ts'
import { createEntryStore } from '../../src/postgres/entries.ts'
import { createHistoryStore } from '../../src/postgres/history.ts'
import { createLeaderboardStore } from '../../src/postgres/leaderboards.ts'
import * as queries from '../../src/postgres/ledger-queries.ts'
import { readRegions } from '../../src/postgres/place-items.ts'
import { createPlayerStore } from '../../src/postgres/players.ts'
import { removePlayer } from '../../src/postgres/remove-player.ts'
import { createStandingsStore } from '../../src/postgres/standings.ts'
import { createTruth } from '../../src/postgres/truth.ts'
import type { LedgerItem } from '../../src/ranking/fold-batch.ts'
import type { Leaderboard } from '../../src/ranking/leaderboard.ts'
import { cloneDatabase } from '../helpers/database.ts'

// Plans of the product's own calls, as the server made them: auto_explain sends each to the client that ran it.

const log = createLog({ level: 'silent', pretty: false })
const board: Leaderboard = {
  ...{ no: 7, id: 'board-7', title: 'Board', metric: 'score', order: 'desc', operator: 'best', ties: 'first' },
  ...{ rankStyle: 'ordinal', types: ['REGIONAL', 'SESSION'], decimals: 0, minScore: null, maxScore: null },
  ...{ timezone: 'UTC', submitBy: 'server', liveLimit: 100, tickMs: 100, graceMs: 1000 },
}
const standings = {
  ...{ id: 7, leaderboardNo: 7, type: 'SESSION', key: 's7', startsAt: null, endsAt: null, status: 'OPEN' },
  ...{ generation: 1, createdAt: 0 },
} as const
const of = { board, standings }
const players = ['p1', 'p2', 'p30', 'p400']
const item = (playerId: string): LedgerItem => ({
  ...{ board, playerId, submissionId: 's1', generatedId: false, score: 1, sessionId: null, occurredAt: 0 },
  ...{ occurredSent: false, byPlayer: false, metadata: null, drawnIds: [] },
})
const items = players.map(item)
const keys = players.map((playerId) => ({ standingsId: 7, playerId }))

interface Hot {
  /** Settings of the client that runs it. */
  settings: Record<string, string>
  run: (sql: Sql) => Promise<unknown>
  uses: string[]
}
const lane = (run: (tx: queries_Transaction) => Promise<unknown>, ...uses: string[]): Hot => ({
  settings: keyedAccess,
  run: (sql) => sql.begin((tx) => run(tx)),
  uses,
})
type queries_Transaction = Parameters<typeof queries.lockPlayers>[0]
const pool = (run: (sql: Sql) => Promise<unknown>, ...uses: string[]): Hot => ({ settings: {}, run, uses })
const drain = async (chunks: AsyncIterable<unknown>) => {
  for await (const _ of chunks);
}

const byPlayer = 'players_pkey'
const byEntry = 'leaderboard_entries_standings_id_player_id_pk'
const byHistory = 'submissions_leaderboard_no_player_id_id_pk'

/** Every statement that runs per batch, per request or per pass, and the index that serves it. */
const hot: Record<string, Hot> = {
  'lock players': lane((tx) => queries.lockPlayers(tx, players), byPlayer),
  'regions of a batch': { settings: keyedAccess, run: (sql) => readRegions(sql, items), uses: [byPlayer] },
  'duplicates of a batch': lane((tx) => queries.findDuplicates(tx, items), 'submissions_key'),
  'entries of a batch': lane((tx) => queries.readEntries(tx, keys), byEntry),
  'status of standings': lane((tx) => queries.readStatuses(tx, [7, 8, 9]), 'standings_pkey'),
  'write entries': lane(
    (tx) => queries.upsertEntries(tx, keys.map((key) => ({ ...key, score: 5, version: 900, tie: 900, hidden: false }))),
    byEntry,
  ),
  'standings by key': pool((sql) => createStandingsStore(sql).find(board, 'SESSION', 's7'), 'standings_key'),
  'standings by id': pool((sql) => createStandingsStore(sql).byIds([7, 8]), 'standings_pkey'),
  periods: pool((sql) => createStandingsStore(sql).list(board, 'SESSION'), 'standings_key'),
  'close a session': pool((sql) => createStandingsStore(sql).close(board, 's7', 0), 'standings_key'),
  'leaderboard by id': pool((sql) => createLeaderboardStore(sql, log).find('board-7'), 'leaderboards_id'),
  'change a leaderboard': pool((sql) => createLeaderboardStore(sql, log).update(board), 'leaderboards_pkey'),
  profiles: pool((sql) => createPlayerStore(sql).profiles(players), byPlayer),
  history: pool((sql) => createHistoryStore(sql).read(board, 'p30', 100, null), byHistory),
  'history of one standings': pool((sql) => createHistoryStore(sql).read(board, 'p30', 100, standings), byHistory),
  'hidden entry': pool(
    (sql) => createEntryStore(sql, { concurrency: 1, queue: 1, deadlineMs: 20_000 }).hidden(of, 'p30'),
    byEntry,
  ),
  'remove a player': pool((sql) => removePlayer(sql, createStandingsStore(sql), board, 'p30'), byEntry, 'standings_key'),
  'changes since the watermark': pool(async (sql) => {
    const [last] = await sql<{ from: string; to: string }[]>`
      select coalesce(max(xid), '3')::text as from, pg_snapshot_xmax(pg_current_snapshot())::text as to from submissions`
    await drain(createTruth(sql).changes(last!.from, last!.to))
  }, 'submissions_xid'),
  'entries that lag': pool(
    (sql) => createTruth(sql).entries(of, players.map((playerId) => ({ playerId, version: 1 }))),
    byEntry,
  ),
  'standings of a leaderboard': pool((sql) => createTruth(sql).standingsIds(7), 'standings_key'),
}

interface Node {
  'Node Type': string
  'Relation Name'?: string
  'Index Name'?: string
  'Conflict Arbiter Indexes'?: string[]
  Plans?: Node[]
}
const nodesOf = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)]
const indexesOf = (node: Node) => [node['Index Name'] ?? [], node['Conflict Arbiter Indexes'] ?? []].flat()

const database = { url: '', drop: () => Promise.resolve() }
beforeAll(async () => void Object.assign(database, await cloneDatabase(inject('postgresUrl'))))
afterAll(() => database.drop())

/** The plan nodes of every statement of a call, run in a transaction of its own connection as the product sets it up. */
async function plansOf({ settings, run }: Hot, mode: string): Promise<Node[]> {
  const real = connectSql(database.url, { name: 'plans', max: 1, connectTimeoutMs: 20_000, statementTimeoutMs: 0, settings })
  const plans: Node[] = []
  const sql = postgres(database.url, {
    max: 1,
    fetch_types: false,
    types: { bigint: { to: 20, from: [20], serialize: String, parse: Number }, ...arrayTypes },
    connection: {
      ...real.options.connection,
      session_preload_libraries: 'auto_explain',
      'auto_explain.log_min_duration': 0,
      'auto_explain.log_format': 'json',
      client_min_messages: 'log',
      plan_cache_mode: mode,
    },
    onnotice: ({ message }) => {
      const at = message?.indexOf('plan:\n') ?? -1
      if (at >= 0) plans.push((JSON.parse(message!.slice(at + 6)) as { Plan: Node }).Plan)
    },
  })
  await run(sql)
  await sql.end({ timeout: 5 })
  await real.end({ timeout: 5 })
  return plans.flatMap(nodesOf)
}

const modes = ['force_custom_plan', 'force_generic_plan']
const used = new Set<string>()

function showsIndexes(): void {
  describe.each(modes)('%s', (mode) => {
    test.each(Object.entries(hot))('%s', async (_, query) => {
      const nodes = await plansOf(query, mode)
      for (const name of nodes.flatMap(indexesOf)) used.add(name)
      expect(nodes.flatMap(indexesOf)).toEqual(expect.arrayContaining(query.uses))
      // The range of the watermark is looked up beside the statement under test.
      expect(nodes.filter((node) => node['Node Type'] === 'Seq Scan').map((node) => node['Relation Name'])).toEqual([])
    })
  })
}

describe('on an empty database', showsIndexes)

describe('on a filled and analyzed database', () => {
  beforeAll(async () => {
    const sql = postgres(database.url, { max: 1, onnotice: () => {} })
    await sql`insert into leaderboards (id, title, metric, rank_order, operator, ties, rank_style, types, decimals,
        timezone, submit_by, live_limit, tick_ms, grace_ms)
      select 'board-' || n, 'Board', 'score', 'desc', 'best', 'first', 'ordinal', '{SESSION}', 0, 'UTC', 'server', 100,
        100, 1000 from generate_series(1, 2000) n`
    await sql`insert into players (id, display_name) select 'p' || n, 'Player' from generate_series(1, 20000) n`
    await sql`insert into standings (leaderboard_no, type, key)
      select n % 1000 + 1, 'SESSION', 's' || n from generate_series(0, 4999) n`
    await sql`insert into leaderboard_entries (standings_id, player_id, score, version, tie)
      select n % 10 + 1, 'p' || (n / 10 + 1), n, n, n from generate_series(0, 49999) n`
    // One transaction a thousand rows, as transaction ids are what catch-up searches by.
    for (let part = 0; part < 50; part++)
      await sql`insert into submissions (leaderboard_no, player_id, submission_id, score, effects, occurred_at)
        select n % 10 + 1, 'p' || (n % 20000 + 1), 's' || n, n, jsonb_build_array(jsonb_build_object('s', 7, 'a', n)),
          now() from generate_series(${part * 1000}::int, ${part * 1000 + 999}::int) n`
    await sql`analyze`
    await sql.end({ timeout: 5 })
  })
  showsIndexes()

  test('the indexes of the schema are those that these queries use', async () => {
    const sql = postgres(database.url, { max: 1, onnotice: () => {} })
    const rows = await sql<{ name: string }[]>`select indexname as name from pg_indexes where schemaname = 'public'`
    await sql.end({ timeout: 5 })
    expect([...used].sort()).toEqual(rows.map((row) => row.name).sort())
  })
})
