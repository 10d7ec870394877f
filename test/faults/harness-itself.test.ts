import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { emptyView } from '../../src/client/standings-view.ts'
import { standingsKeys } from '../../src/redis/keys.ts'
import { eventually } from '../helpers/wait.ts'
import { listsOf } from './harness/check-lists.ts'
import { checkRooms } from './harness/check-rooms.ts'
import { startCluster, type Cluster } from './harness/cluster.ts'
import { corrupt } from './harness/corrupt.ts'
import { seededRandom } from './harness/random.ts'
import { runScenario, type Verdict } from './harness/run-scenario.ts'
import type { Stage } from './harness/scenario.ts'
import type { Session } from './harness/session.ts'

// A harness that finds nothing proves nothing: each of these breaks a promise behind the server's back.

let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster(1)
})
afterAll(() => cluster.stop())

async function verdictOf(breakIt: (stage: Stage) => Promise<unknown>): Promise<Verdict> {
  const scenario = { name: 'broken', about: '', run: async (stage: Stage) => void (await breakIt(stage)) }
  const verdict = await runScenario(cluster, { ...scenario, clients: { short: { perSecond: 50 } } }, { ...options })
  if (verdict.history !== null) await rm(verdict.history)
  return verdict
}
const options = { seed: 5, long: false, wellMs: 0, awayMs: 2000, print: () => {} }

/** Ends the load and waits until everything has its answer. */
async function quiet({ load, climber, guests, recreated }: Session): Promise<void> {
  await Promise.all([load, climber, guests, recreated].map((one) => one.stop()))
}

async function numberOf(leaderboard: string): Promise<number> {
  const [row] = await cluster.sql<{ no: number }[]>`
    select no from leaderboards where id = ${leaderboard} and deleted_at is null`
  return row!.no
}

/** A score that was acknowledged, of a leaderboard whose name begins so. */
function acknowledged({ session }: Stage, name: string) {
  const all = [...session.history.submissions.values()]
  return all.find((one) => one.acknowledged && one.board.id.startsWith(name))!
}

test('an acknowledged score that is gone from the ledger is found', { timeout: 120_000 }, async () => {
  let id = ''
  const { violations } = await verdictOf(async (stage) => {
    id = acknowledged(stage, 'sum').id
    await cluster.sql`delete from submissions where submission_id = ${id}`
  })
  expect(violations.join('\n')).toContain(`${id} was acknowledged and is not in the ledger`)
})

test('silent corruption of a list is found, while it is read and at the end', { timeout: 120_000 }, async () => {
  const { violations } = await verdictOf(async ({ session }) => {
    const ladder = session.boards.find((board) => board.id.startsWith('ladder'))!
    const [list] = await listsOf(cluster.sql, ladder)
    const random = seededRandom(1)
    await corrupt(cluster.redis, list!, { change: 200, delete: 3, add: 2, silent: true, random })
    await new Promise((resolve) => setTimeout(resolve, 3000))
  })
  const text = violations.join('\n')
  expect(text).toMatch(/source redis.*(place|page|around)/)
  expect(text).toMatch(/the member .* is/)
  expect(text).toMatch(/ladder\S+, told as right: server 0: .*, right is/)
})

test(
  'an erased player who is put back behind the server is found, with what was broken before',
  { timeout: 120_000 },
  async () => {
    let player = ''
    const { violations } = await verdictOf(async ({ session, say }) => {
      const { guests } = session
      await quiet(session)
      player = (await guests.take())!
      const [list] = await listsOf(cluster.sql, guests.board)
      const keys = standingsKeys(list!.leaderboardNo, list!.standingsId)
      const members = await cluster.redis.zrange(keys.list, '0', '-1')
      const member = members.find((one) => one.endsWith(player))!
      const [score, version] = [
        await cluster.redis.zscore(keys.list, member),
        await cluster.redis.hget(keys.versions, player),
      ]
      expect(await guests.remove(player, 'erase', cluster.nodes)).toBe(true)
      await eventually(async () => expect(await cluster.redis.zscore(keys.list, member)).toBeNull())
      say('somebody edits Redis')
      await cluster.redis
        .multi()
        .zadd(keys.list, score!, member)
        .hset(keys.versions, player, version!)
        .hincrby(keys.meta, 'n', 1)
        .exec()
    })
    const text = violations.join('\n')
    expect(text).toContain(`a page shows ${player}, who was banned or erased`)
    expect(text).toMatch(/the faults in the 30 s before:[^]*somebody edits Redis/)
  },
)

test(
  'a period that ended early, and a score acknowledged for a leaderboard that was deleted, are found',
  { timeout: 120_000 },
  async () => {
    let id = ''
    const { violations } = await verdictOf(async ({ session }) => {
      const { recreated } = session
      const [node] = cluster.nodes
      const before = await numberOf(recreated.board().id)
      expect(await recreated.recreate(node!, node!, 0)).toBeNull()
      const after = await numberOf(recreated.board().id)
      expect(after).not.toBe(before)
      await eventually(async () => {
        const rows = await cluster.sql<
          { id: string }[]
        >`select submission_id as id from submissions where leaderboard_no = ${after}`
        id = rows[0]!.id
      })
      await quiet(session)
      await cluster.sql`update submissions set leaderboard_no = ${before} where leaderboard_no = ${after} and submission_id = ${id}`
      const daily = (await listsOf(cluster.sql, session.boards[0]!)).find(({ selector }) =>
        selector.startsWith('DAILY'),
      )!
      await cluster.sql`update standings set status = 'SEALED', sealed_at = now() where id = ${daily.standingsId}`
    })
    const text = violations.join('\n')
    expect(text).toContain(`${id} was acknowledged and is not in the ledger`)
    expect(text).toMatch(/periods: sum\S+ is SEALED, and it ends at/)
  },
)

test('a live room that shows another list than the page is found', { timeout: 120_000 }, async () => {
  let found: string[] = []
  const { violations } = await verdictOf(async ({ session }) => {
    const leaderboard = session.boards[0]!.id
    const view = { ...emptyView(leaderboard, 'GLOBAL'), state: 'live' as const }
    const of = { leaderboard, standings: 'GLOBAL' }
    const frozen = {
      views: () => [{ node: cluster.nodes[0]!, of, joined: { view: () => view, leave() {} } }],
      stop() {},
    }
    await quiet(session)
    found = await checkRooms({ cluster, http: session.http, spectators: frozen, servedBy: performance.now() + 500 })
  })
  expect(found).toEqual([expect.stringMatching(/who followed all along: 0 are shown of \d+/)])
  expect(violations).toEqual([])
})

test(
  'what was compared with the ledger is forgotten, and what is lost after that is still missed',
  { timeout: 120_000 },
  async () => {
    const { violations } = await verdictOf(async ({ session }) => {
      const { history, load } = session
      await eventually(() => expect(load.sent()).toBeGreaterThan(100))
      await quiet(session)
      const before = history.submissions.size
      await session.settle()
      expect(history.submissions.size).toBeLessThan(before / 2)
      const [list] = await listsOf(cluster.sql, session.boards[0]!)
      await cluster.sql`
      delete from leaderboard_entries where ctid in
        (select ctid from leaderboard_entries where standings_id = ${list!.standingsId} limit 1)`
    })
    expect(violations.join('\n')).toMatch(/sum\S+\/GLOBAL: the entry p\d+ is not there/)
  },
)

// The last one: without its key the ledger takes what clients repeat twice, for as long as the cluster runs.
test('a score that counts twice is found, in the ledger and in the entries', { timeout: 120_000 }, async () => {
  let id = ''
  const { violations } = await verdictOf(async (stage) => {
    id = acknowledged(stage, 'sum').id
    await cluster.sql`drop index submissions_key`
    await cluster.sql`
      insert into submissions (leaderboard_no, player_id, submission_id, score, effects, occurred_at)
      select leaderboard_no, player_id, submission_id, score, effects, occurred_at from submissions
      where submission_id = ${id}`
  })
  const text = violations.join('\n')
  expect(text).toContain(`${id} is in the ledger twice`)
  expect(text).toMatch(/the entry p\d+ is/)
})
