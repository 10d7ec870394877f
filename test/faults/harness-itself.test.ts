import { afterAll, beforeAll, expect, test } from 'vitest'
import { listsOf } from './harness/check-lists.ts'
import { startCluster, type Cluster } from './harness/cluster.ts'
import { corrupt } from './harness/corrupt.ts'
import { seededRandom } from './harness/random.ts'
import { runScenario, type Verdict } from './harness/run-scenario.ts'
import type { Stage } from './harness/scenario.ts'

// A harness that finds nothing proves nothing: each of these breaks a promise behind the server's back.

let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster(1)
})
afterAll(() => cluster.stop())

async function verdictOf(breakIt: (stage: Stage) => Promise<unknown>): Promise<Verdict> {
  const scenario = { name: 'broken', about: '', run: async (stage: Stage) => void (await breakIt(stage)) }
  return runScenario(cluster, { ...scenario, clients: { short: { perSecond: 50 } } }, { ...options })
}
const options = { seed: 5, long: false, wellMs: 0, awayMs: 2000, print: () => {} }

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
})

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
