import { randomUUID } from 'node:crypto'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { createLog } from '../../src/log.ts'
import { arrayTypes } from '../../src/postgres/connection/array-types.ts'
import { createChangeStore, noteChanged } from '../../src/postgres/repair/changes.ts'
import { connectSql, keyedAccess, type Pool, type Sql, type Transaction } from '../../src/postgres/connection/client.ts'
import { createEntryStore } from '../../src/postgres/standings/entries.ts'
import { drawIds } from '../../src/postgres/ledger/entry-changes.ts'
import { createHistoryStore } from '../../src/postgres/ledger/history.ts'
import { createLeaderboardStore } from '../../src/postgres/standings/leaderboards.ts'
import * as queries from '../../src/postgres/ledger/ledger-queries.ts'
import * as playerLocks from '../../src/postgres/ledger/player-locks.ts'
import { createMatchStore } from '../../src/postgres/matches/matches.ts'
import { readRegions } from '../../src/postgres/ledger/place-items.ts'
import { createExportStore } from '../../src/postgres/players/export-player.ts'
import { createPurgeStore } from '../../src/postgres/repair/purge.ts'
import { createPersonStore } from '../../src/postgres/players/persons.ts'
import { createPlayerStore } from '../../src/postgres/players/players.ts'
import { createRunStore } from '../../src/postgres/repair/reconcile-runs.ts'
import { createSeasonStore } from '../../src/postgres/standings/seasons.ts'
import { createSealedReader } from '../../src/postgres/standings/sealed-entries.ts'
import { createPeriodStore } from '../../src/postgres/standings/sealing.ts'
import { createStandingsStore } from '../../src/postgres/standings/standings.ts'
import { createTotalsStore } from '../../src/postgres/players/totals.ts'
import { createTrendStore } from '../../src/postgres/standings/trends.ts'
import { createTruth } from '../../src/postgres/repair/truth.ts'
import { cloneDatabase } from '../helpers/database.ts'
import { makeLeaderboard, makeLedgerItem, makeStandings } from '../helpers/leaderboards.ts'

// Plans of the product's own calls, as the server made them: auto_explain sends each to the client that ran it.

const log = createLog({ level: 'silent', pretty: false })
const board = makeLeaderboard({ no: 7, id: 'board-7', types: ['REGIONAL', 'SESSION'] })
const standings = makeStandings({ id: 7, leaderboardNo: 7 })
const of = { board, standings }
const players = ['p1', 'p2', 'p30', 'p400']
const items = players.map((playerId) => makeLedgerItem({ board, playerId, submissionId: 's1' }))
const noCounts = { checked: 0, missing: 0, stale: 0, extra: 0, repaired: 0 }
const keys = players.map((playerId) => ({ standingsId: 7, playerId }))

interface Hot {
  /** Settings of the client that runs it. */
  settings: Record<string, string>
  run: (sql: Sql) => unknown
  uses: string[]
  /** Whether the statements of functions count. */
  nested?: boolean
}
const lane = (run: (tx: Transaction) => Promise<unknown>, ...uses: string[]): Hot => ({
  settings: keyedAccess,
  run: (sql) => sql.begin((tx) => run(tx)),
  uses,
})
const pool = (run: (sql: Sql) => unknown, ...uses: string[]): Hot => ({ settings: {}, run, uses })
/** As the pools of the server are set up, for small tables and paged walks. */
const keyed = (run: (sql: Sql) => unknown, ...uses: string[]): Hot => ({ settings: keyedAccess, run, uses })
const persons = (sql: Sql) =>
  createPersonStore({ sql, leaderboards: createLeaderboardStore(sql, log), standings: createStandingsStore(sql) })
const putRegion = (sql: Sql, playerId: string, region: string | null) => {
  const stores = { sql, leaderboards: { list: () => Promise.resolve([board]) }, standings: createStandingsStore(sql) }
  const profile = { playerId, displayName: 'Player', region, country: null, avatarUrl: null, metadata: null }
  return createPersonStore(stores).put(profile)
}
/** A pool that is never renewed. */
const only = (sql: Sql): Pool => ({ sql, renew: () => {}, end: () => Promise.resolve() })
const periods = (sql: Sql) => createPeriodStore(only(sql))
/** The first time all of it is read. */
const twice = async (store: { load(): Promise<void> }) => {
  await store.load()
  await store.load()
}
const purge = (sql: Sql) => createPurgeStore(only(sql))
const sealing = { id: 7, type: 'SESSION', key: 's7', leaderboard: 'board-7', rules: board } as const
const sealed = (sql: Sql) => createSealedReader(only(sql), { concurrency: 2, queue: 9, deadlineMs: 20_000, ttlMs: 0 })
const past = { board: makeLeaderboard({ no: 7, rankStyle: 'competition' }), standings: { ...standings, id: 8 } }
const drain = async (chunks: AsyncIterable<unknown>) => {
  for await (const _ of chunks);
}

let seasonsMade = 0
/** Another slug and time each: the same again would stop at the slug. */
const nextSeason = () => {
  const startsAt = ++seasonsMade * 1000
  return { slug: `made-${seasonsMade}`, title: 'Season', startsAt, endsAt: startsAt + 1000 }
}

const byPlayer = 'players_pkey'
const byEntry = 'leaderboard_entries_standings_id_player_id_pk'
const byPlace = 'final_places_standings_id_place_pk'
const byHistory = 'submissions_leaderboard_no_player_id_id_pk'

/** Every statement that runs per batch, per request or per pass, and the index that serves it. */
const hot: Record<string, Hot> = {
  'lock players': lane((tx) => playerLocks.lockPlayers(tx, players), byPlayer),
  'regions of a batch': { settings: keyedAccess, run: (sql) => readRegions(sql, items), uses: [byPlayer] },
  'what a batch is folded over': lane(
    (tx) => queries.readCurrent(tx, items.length, items, keys, [7, 8, 9]),
    'submissions_key',
    'submissions_removals',
    byEntry,
    'standings_pkey',
  ),
  'write entries': lane(
    (tx) =>
      queries.writeBatch(
        tx,
        [],
        keys.map((key) => ({ ...key, score: 5, version: 900, tie: 900, hidden: false })),
      ),
    byEntry,
  ),
  'commit what is remembered': {
    ...keyed(
      async (sql) => {
        const target = { type: 'SESSION', key: 'known', startsAt: null, endsAt: null } as const
        const [made] = await createStandingsStore(sql).ensure([{ board, target, make: true }])
        const before = { score: 5, version: 900, tie: 900, hidden: false }
        const entries = ['k1', 'k2'].map((playerId) => ({ standingsId: made!.id, playerId }))
        await playerLocks.insertPlayers(sql, ['k1', 'k2'])
        await queries.writeBatch(
          sql,
          [],
          entries.map((key) => ({ ...key, ...before })),
        )
        const [newest] = await drawIds(sql, 1)
        const rows = entries.map(({ playerId }, at) => {
          const item = makeLedgerItem({ board, playerId, submissionId: `s${newest}` })
          return { id: newest! + at - 1, item, effects: [] }
        })
        const drawn = await queries.commitBatch(sql, {
          standings: [made!],
          entries: entries.map((key, at) => ({ ...key, before, after: { ...before, version: rows[at]!.id } })),
          rows,
          newest: newest!,
          draw: 3,
        })
        if (!drawn) throw new Error('refused: not every statement has run')
      },
      'standings_pkey',
      byEntry,
    ),
    nested: true,
  },
  'standings of a batch': pool((sql) => {
    const target = { type: 'SESSION', startsAt: null, endsAt: null } as const
    const keyed = ['s6', 's1006'].map((key) => ({ board, target: { ...target, key }, make: false }))
    return createStandingsStore(sql).ensure(keyed)
  }, 'standings_key'),
  'standings by key': pool((sql) => createStandingsStore(sql).find(board, 'SESSION', 's7'), 'standings_key'),
  'standings by id': pool((sql) => createStandingsStore(sql).byIds([7, 8]), 'standings_pkey'),
  periods: keyed(async (sql) => {
    const { next } = await createStandingsStore(sql).begun(board, { type: 'SESSION', at: Date.now(), limit: 2 })
    await createStandingsStore(sql).begun(board, { at: Date.now(), limit: 2, after: next ?? '1.1' })
  }, 'standings_begun'),
  'close a session': pool((sql) => createStandingsStore(sql).close(board, 's7', 0), 'standings_key'),
  'leaderboard by id': pool((sql) => createLeaderboardStore(sql, log).find('board-7'), 'leaderboards_id'),
  'change a leaderboard': pool(
    (sql) => createLeaderboardStore(sql, log).change(board, (now) => now),
    'leaderboards_pkey',
  ),
  profiles: pool((sql) => createPlayerStore(sql, 1000).profiles(players), byPlayer),
  history: pool((sql) => createHistoryStore(sql).read(board, 'p30', 100, null), byHistory, 'submissions_removals'),
  'history of one standings': pool(
    (sql) => createHistoryStore(sql).read(board, 'p30', 100, { standingsId: 7, selector: 'GLOBAL' }),
    byHistory,
    'submissions_removals',
  ),
  'hidden entry': pool(
    (sql) => createEntryStore(only(sql), { concurrency: 1, queue: 1, deadlineMs: 20_000 }).hidden(of, 'p30'),
    'leaderboard_entries_hidden',
  ),
  'remove a player': pool((sql) => persons(sql).remove(board, 'p30'), 'leaderboard_entries_player', 'standings_key'),
  'ban and unban a player': keyed(
    async (sql) => {
      await persons(sql).ban('p31', 'ops', 'why')
      await persons(sql).unban('p31', 'ops', null)
    },
    byPlayer,
    'leaderboard_entries_player',
    'standings_pkey',
    'leaderboards_pkey',
    'moderation_log_player',
  ),
  'move a player to another region': keyed(
    async (sql) => {
      for (const region of [null, 'EU', 'US']) await putRegion(sql, 'p32', region)
    },
    byPlayer,
    'standings_key',
    byEntry,
  ),
  'erase a player': keyed(
    async (sql) => {
      await putRegion(sql, 'p33', null)
      await persons(sql).erase('p33', 'ops')
    },
    'leaderboard_entries_player',
    'submissions_key',
    'leaderboards_pkey',
    'standings_pkey',
    'match_results_player',
    'matches_pkey',
    'moderation_log_match',
    byPlayer,
  ),
  'export a player': keyed(
    async (sql) => {
      const store = createExportStore(sql)
      await store.player('p34')
      await store.totals('p34')
      await store.entries('p34')
      await store.boards('p34')
      await store.rows('p34', 7, 0, 100)
      await store.matchIds('p34')
      await store.matches('p34', ['m1'])
      await store.decisionsAbout('p34')
      await store.decisionsBy('p34', ['m1'])
    },
    byPlayer,
    'player_totals_pkey',
    'leaderboard_entries_player',
    byHistory,
    'match_results_player',
    'match_results_match_id_slot_pk',
    'matches_pkey',
    'moderation_log_player',
    'moderation_log_match',
  ),
  'changes since the watermark': pool(async (sql) => {
    const [last] = await sql<{ from: string; to: string }[]>`
      select coalesce(max(xid), '3')::text as from, pg_snapshot_xmax(pg_current_snapshot())::text as to from submissions`
    await drain(createTruth(only(sql)).changes({ xmax: last!.from, open: [] }, last!.to))
  }, 'submissions_xid'),
  'changes of transactions that were open at the watermark': keyed((sql) => {
    const open = Array.from({ length: 30 }, (_, at) => String(800 + 7 * at))
    return drain(createTruth(only(sql)).changes({ xmax: '1000000', open }, '1000000'))
  }, 'submissions_xid'),
  'entries that lag': pool(
    (sql) =>
      createTruth(only(sql)).entries(
        of,
        players.map((playerId) => ({ playerId, version: 1 })),
      ),
    byEntry,
  ),
  'standings of a leaderboard': pool((sql) => createTruth(only(sql)).standingsIds(7), 'standings_key'),
  'entries in the order of their key': keyed((sql) => drain(createTruth(only(sql)).walk(7, 100)), byEntry),
  'visible entries': keyed((sql) => createTruth(only(sql)).visible(7, players), byEntry),
  'a standings as it is now': pool((sql) => createStandingsStore(sql).reload(7), 'standings_pkey'),
  'open standings': pool((sql) => createStandingsStore(sql).open(board), 'standings_key'),
  'many standings as they are now': pool((sql) => createStandingsStore(sql).reloadAll([7, 8]), 'standings_pkey'),
  'next generations': pool((sql) => createStandingsStore(sql).nextGenerations([standings]), 'standings_pkey'),
  'first pages of entries': keyed((sql) => createTruth(only(sql)).firstPages([7, 8], 51), byEntry),
  'the life of a match': keyed(
    lifeOfMatch,
    byPlayer,
    byEntry,
    'standings_pkey',
    'matches_pkey',
    'match_results_match_id_slot_pk',
    'match_results_player',
    'player_totals_pkey',
    'moderation_log_match',
    // Taken back, it is the only one of its players: they leave.
    'submissions_removals',
    'trend_snapshots_pkey',
  ),
  'what was changed': keyed(async (sql) => {
    const changes = createChangeStore(sql)
    await noteChanged(sql, { players: ['p1'] })
    await changes.since((await changes.since(null)).seen)
    await changes.purge()
  }, 'changes_xid_id_pk'),
  'totals of a player': keyed((sql) => createTotalsStore(sql, 0).read('p30'), byPlayer, 'player_totals_pkey'),
  'claim an audit': keyed((sql) => createRunStore(sql).claimAudit(1000), 'reconcile_runs_started'),
  'newest repair runs': keyed((sql) => createRunStore(sql).newest(50), 'reconcile_runs_started'),
  'last clean audit': keyed((sql) => createRunStore(sql).lastClean(), 'reconcile_runs_started'),
  'progress of a run': keyed((sql) => createRunStore(sql).progress(1, noCounts), 'reconcile_runs_pkey'),
  'seasons that changed': keyed((sql) => twice(createSeasonStore(sql, log)), 'seasons_xid'),
  'seasons of a leaderboard': keyed((sql) => createSeasonStore(sql, log).list(board), 'seasons_leaderboard'),
  'seasons of all leaderboards': keyed((sql) => createSeasonStore(sql, log).list(null), 'seasons_leaderboard'),
  'make a season': keyed(
    (sql) => createSeasonStore(sql, log).create(board, nextSeason()),
    'leaderboards_pkey',
    'seasons_pkey',
    'seasons_leaderboard',
  ),
  'close a season': keyed(
    async (sql) => {
      const { slug, ...rest } = nextSeason()
      await createSeasonStore(sql, log).create(board, { slug, ...rest })
      await createSeasonStore(sql, log).close(slug, rest.startsAt + 1)
    },
    'seasons_pkey',
    'leaderboards_pkey',
    'standings_pkey',
  ),
  'leaderboards that changed': keyed((sql) => twice(createLeaderboardStore(sql, log)), 'leaderboards_xid'),
  'a deleted leaderboard that is due': keyed((sql) => purge(sql).claim(0), 'leaderboards_purge', 'leaderboards_pkey'),
  'standings of a deleted one': keyed(
    (sql) => purge(sql).standings(7, { type: 'DAILY', key: 'a' }, 10),
    'standings_key',
  ),
  'standings taken out of use': keyed((sql) => purge(sql).seal([7, 8]), 'standings_pkey'),
  'entries of a deleted one': keyed((sql) => purge(sql).deleteEntries([7, 8], null, 10), byEntry),
  'final places of a deleted one': keyed((sql) => purge(sql).deletePlaces([7, 8], 10), byPlace),
  'ledger rows of a deleted one': keyed((sql) => purge(sql).deleteLedger(7, null, 10), byHistory),
  'standings that go': keyed((sql) => purge(sql).deleteStandings([7, 8]), 'standings_pkey'),
  'a deleted one comes back later': keyed((sql) => purge(sql).settle(7, 'later'), 'leaderboards_pkey'),
  'close what has ended': keyed((sql) => periods(sql).closeEnded(Date.now(), 100), 'standings_due', 'standings_pkey'),
  'idle sessions': keyed(
    async (sql) => {
      const { next } = await periods(sql).closeIdle(Date.now() + 1000, 0, null, 10)
      await periods(sql).closeIdle(Date.now() + 1000, 0, next ?? { createdAt: 'epoch', id: 1 }, 10)
    },
    'standings_sessions',
    'submissions_session',
    'leaderboards_pkey',
  ),
  'begin sealing': keyed((sql) => periods(sql).beginSealing(Date.now(), 100), 'standings_due', 'standings_pkey'),
  'what is sealing': keyed((sql) => periods(sql).sealing(100), 'standings_due'),
  'entries of a standings': keyed((sql) => periods(sql).countEntries(7), byEntry),
  'final ranks': keyed((sql) => periods(sql).rankBatch(sealing, 10_000, Date.now()), byPlace, 'standings_pkey'),
  'open again': keyed((sql) => periods(sql).reopen(7), 'standings_pkey'),
  'lists to drop': keyed((sql) => periods(sql).indexed(Date.now(), 100), 'standings_indexed'),
  'lists dropped': keyed((sql) => periods(sql).markDropped([7, 8]), 'standings_pkey'),
  'page of a sealed standings': keyed((sql) => sealed(sql).page(past, 10, 100), byPlace),
  'places in a sealed standings': keyed((sql) => sealed(sql).places(past, players), byPlace, byEntry),
  'totals of sealed standings': keyed(
    (sql) => sealed(sql).totals([8, 18]),
    byPlace,
    'final_places_erased',
    'leaderboard_entries_hidden',
  ),
  'a score in a sealed standings': keyed((sql) => sealed(sql).count(past, 50), byPlace),
  'ranks that trends are told by': keyed((sql) => createTrendStore(sql).of(7), 'trend_snapshots_pkey'),
  'lists without a snapshot of the day': keyed(
    (sql) =>
      createTrendStore(sql).due(board, { key: '2100-01-02', startsAt: Date.parse('2100-01-02'), endsAt: 0 }, 500),
    'standings_key',
    'trend_snapshots_pkey',
  ),
  'keep the ranks of a day': keyed(
    (sql) => createTrendStore(sql).save(7, '2100-01-02', new Map([['p1', 1]])),
    'standings_pkey',
    'trend_snapshots_pkey',
  ),
  'end of a run': keyed((sql) => createRunStore(sql).finish(1, noCounts, [], null), 'reconcile_runs_pkey'),
}

async function lifeOfMatch(sql: Sql): Promise<void> {
  const matches = createMatchStore({ sql, standings: createStandingsStore(sql), seasons: { of: () => [] } })
  const rated = makeLeaderboard({ no: 7, metric: 'rating', operator: 'last', types: ['GLOBAL', 'REGIONAL', 'DAILY'] })
  const id = randomUUID()
  const definition = { type: 'RANKED', playerIds: ['p1', 'p2'], region: null, scheduledAt: null } as const
  await matches.create({ id, leaderboardNo: 7, ...definition, playerIds: ['p1', 'p2'] }, 'plans')
  const step = { body: {}, actor: 'plans', reason: null, completion: null }
  const none = { kills: 1, deaths: null, assists: null, accuracy: null, score: null }
  const results = [
    { slot: 0, placement: 1, result: 'WIN' as const, ...none },
    { slot: 1, placement: 2, result: 'LOSS' as const, ...none },
  ]
  await matches.move(id, { ...step, step: 'START' })
  await matches.move(id, { ...step, step: 'COMPLETE', completion: { at: Date.now(), results } })
  await matches.settle(rated, id, { ...step, step: 'VERIFY' }, Date.now())
  const last = await matches.settle(rated, id, { ...step, step: 'REJECT' }, Date.now())
  expect([last?.match.verification, (await matches.log(id)).length]).toEqual(['REJECTED', 5])
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

type Database = Awaited<ReturnType<typeof cloneDatabase>>
const databases: Record<string, Database> = {}
beforeAll(async () => {
  for (const name of ['empty', 'filled']) databases[name] = await cloneDatabase(inject('postgresUrl'))
  await direct('empty', async (sql) => {
    await sql`insert into players (id, display_name) select 'p' || n, 'Player' from generate_series(30, 34) n`
    await sql`insert into leaderboards (no, id, title, metric, rank_order, operator, ties, rank_style, types, decimals,
        timezone, submit_by, live_limit, tick_ms, grace_ms) overriding system value
      values (7, 'board-7', 'Board', 'score', 'desc', 'best', 'first', 'ordinal', '{SEASONAL}', 0, 'UTC', 'server',
        100, 100, 1000)`
  })
  await direct('filled', fill)
})
afterAll(() => Promise.all(Object.values(databases).map((database) => database.drop())))

async function direct<T>(name: string, run: (sql: postgres.Sql) => Promise<T>): Promise<T> {
  const sql = postgres(databases[name]!.url, { max: 1, onnotice: () => {} })
  try {
    return await run(sql)
  } finally {
    await sql.end({ timeout: 5 })
  }
}

async function fill(sql: postgres.Sql): Promise<void> {
  await sql`insert into leaderboards (id, title, metric, rank_order, operator, ties, rank_style, types, decimals,
      timezone, submit_by, live_limit, tick_ms, grace_ms)
    select 'board-' || n, 'Board', 'score', 'desc', 'best', 'first', 'ordinal', '{SESSION}', 0, 'UTC', 'server', 100,
      100, 1000 from generate_series(1, 2000) n`
  await sql`insert into players (id, display_name) select 'p' || n, 'Player' from generate_series(1, 20000) n`
  await sql`insert into standings (leaderboard_no, type, key)
    select n % 1000 + 1, 'SESSION', 's' || n from generate_series(0, 4999) n`
  await sql`with made as (
      insert into standings (leaderboard_no, type, key)
      select n % 500 + 1, 'SEASONAL', 'season-' || n from generate_series(0, 1999) n returning id, leaderboard_no, key)
    insert into seasons (slug, leaderboard_no, standings_id, title, starts_at, ends_at)
    select key, leaderboard_no, id, 'Season', '2100-01-01'::timestamptz + make_interval(days => row_number),
      '2100-01-01'::timestamptz + make_interval(days => row_number + 1)
    from (select *, row_number() over (order by id)::int from made) m`
  // A tenth has ended, and half of that is sealed.
  await sql`update standings set ends_at = now() where id % 10 = 8`
  await sql`update standings set status = 'SEALED', sealed_at = now(), indexed = id % 200 = 8 where id % 20 = 8`
  await sql`insert into trend_snapshots (standings_id, taken_on, ranks)
    select id, '2100-01-01', '{"p1":1}' from standings`
  await sql`insert into leaderboard_entries (standings_id, player_id, score, version, tie)
    select n % 10 + 1, 'p' || (n / 10 + 1), n, n, n from generate_series(0, 49999) n`
  await sql`insert into final_places (standings_id, place, player_id, score)
    select standings_id, score / 10 + 1, player_id, score from leaderboard_entries where standings_id = 8`
  await sql`update final_places set player_id = null, score = null where place = 70`
  await sql`update leaderboard_entries set hidden = true where standings_id = 8 and player_id in ('p300', 'p400')`
  // One transaction a thousand rows, as transaction ids are what catch-up searches by.
  for (let part = 0; part < 50; part++)
    await sql`insert into submissions (leaderboard_no, player_id, submission_id, score, session_id, effects, occurred_at)
      select n % 10 + 1, 'p' || (n % 20000 + 1), 's' || n, n, 's' || n % 5000, jsonb_build_array(jsonb_build_object('s', 7, 'a', n)),
        now() from generate_series(${part * 1000}::int, ${part * 1000 + 999}::int) n`
  await sql`analyze`
}

/** The plan nodes of every statement of a call, run in a transaction of its own connection as the product sets it up. */
async function plansOf(name: string, mode: string, { settings, run, nested }: Hot): Promise<Node[]> {
  const { url } = databases[name]!
  const real = connectSql(url, { name: 'plans', max: 1, connectTimeoutMs: 20_000, statementTimeoutMs: 0, settings })
  const plans: Node[] = []
  const sql = postgres(url, {
    max: 1,
    fetch_types: false,
    types: { bigint: { to: 20, from: [20], serialize: String, parse: Number }, ...arrayTypes },
    connection: {
      ...real.options.connection,
      session_preload_libraries: 'auto_explain',
      'auto_explain.log_min_duration': '0',
      'auto_explain.log_format': 'json',
      'auto_explain.log_nested_statements': nested ? 'on' : 'off',
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

const used = new Set<string>()

describe.each([
  ['empty', 'force_custom_plan'],
  ['empty', 'force_generic_plan'],
  ['filled', 'force_custom_plan'],
  ['filled', 'force_generic_plan'],
])('on a database that is %s, %s', (name, mode) => {
  // A generic plan for an empty table is kept until its first ANALYZE: the lanes are guarded against that by settings.
  const guarded = Object.entries(hot).filter(([, query]) => query.settings === keyedAccess)
  const cases = name === 'empty' && mode === 'force_generic_plan' ? guarded : Object.entries(hot)
  test.each(cases)('%s', async (_, query) => {
    const nodes = await plansOf(name, mode, query)
    for (const index of nodes.flatMap(indexesOf)) used.add(index)
    expect(nodes.flatMap(indexesOf)).toEqual(expect.arrayContaining(query.uses))
    const scanned = nodes.filter((node) => node['Node Type'] === 'Seq Scan').map((node) => node['Relation Name'])
    expect(scanned).toEqual([])
  })
})

test('no read of a list that nothing sorts sorts all of it', async () => {
  const reads = async (sql: Sql) => {
    const entries = createEntryStore(only(sql), { concurrency: 1, queue: 9, deadlineMs: 20_000 })
    const list = { board: past.board, standings }
    await entries.page(list, 0, 100)
    await entries.places(list, players)
    await entries.around(list, 'p30', 5)
    await entries.count(list, 50)
  }
  const nodes = await plansOf('filled', 'force_custom_plan', { settings: {}, run: reads, uses: [] })
  // Below a limit a sort keeps the nearest of the rows, and no more.
  const limited = nodes
    .filter((node) => node['Node Type'] === 'Limit')
    .flatMap(({ Plans = [] }) =>
      Plans.flatMap((node) => [node, ...(node['Node Type'].startsWith('Gather') ? node.Plans! : [])]),
    )
  expect(nodes.filter((node) => /Sort|WindowAgg/.test(node['Node Type']) && !limited.includes(node))).toEqual([])
  expect(nodes.map((node) => node['Node Type'])).toContain('Sample Scan')
})

// Only names its rows: nothing asks for one by it.
const keyOnly = ['moderation_log_pkey', 'seasons_standings']

test('the indexes of the schema are those that these queries use', async () => {
  const rows = await direct(
    'filled',
    (sql) => sql<{ name: string }[]>`select indexname as name from pg_indexes where schemaname = 'public'`,
  )
  expect([...used, ...keyOnly].sort()).toEqual(rows.map((row) => row.name).sort())
})
