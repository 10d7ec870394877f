import { expect, test } from 'vitest'
import type { DriftRuns } from '../../src/contract/repair.ts'
import { startStack } from '../helpers/stack.ts'
import { expectListIsTruth, listOf } from '../helpers/oracle/truth.ts'
import { eventually } from '../helpers/wait.ts'

test('by the clock one of the nodes audits everything, and mends what nobody noticed', async () => {
  const stack = await startStack({ nodes: 2, env: { AUDIT_INTERVAL: '3' } })
  const redis = stack.redisClient()
  try {
    const admin = await stack.client()
    await admin.send('POST', '/v1/leaderboards', { id: 'clock' })
    const submissions = Array.from({ length: 10 }, (_, at) => ({ playerId: `p${at}`, score: at }))
    await admin.send('POST', '/v1/leaderboards/clock/scores/batch', { submissions })
    await eventually(() => expectListIsTruth(stack, redis, 'clock'))
    const { keys } = await listOf(stack, 'clock')
    await redis.zincrby(keys.list, 5, (await redis.zrange(keys.list, '0', '0'))[0]!)

    const runs = async () => (await admin.get<DriftRuns>('/v1/admin/drift')).body.runs
    await eventually(async () =>
      expect(await runs()).toContainEqual(
        expect.objectContaining({ startedBy: 'schedule', state: 'done', leaderboard: null, stale: 1, repaired: 1 }),
      ),
    )
    await expectListIsTruth(stack, redis, 'clock')
    // One node an interval: starts are at least that far apart.
    await eventually(async () => expect((await runs()).length).toBeGreaterThan(2))
    const starts = (await runs()).map((run) => Date.parse(run.startedAt))
    expect(starts.slice(1).filter((at, newer) => starts[newer]! - at < 3000)).toEqual([])
    // The one that mended it may be the newest still.
    await eventually(async () =>
      expect((await runs())[0]).toMatchObject({ state: 'done', missing: 0, stale: 0, extra: 0 }),
    )
  } finally {
    await stack.stop()
  }
})

test('an audit that takes longer than the interval is not joined by others', { timeout: 240_000 }, async () => {
  // Each row is looked at twice: an audit takes ten seconds.
  const stack = await startStack({ nodes: 3, env: { AUDIT_INTERVAL: '2', AUDIT_ROWS_PER_S: '200' } })
  try {
    const admin = await stack.client()
    await admin.send('POST', '/v1/leaderboards', { id: 'slow' })
    const submissions = Array.from({ length: 1000 }, (_, at) => ({ playerId: `p${at}`, score: at }))
    await admin.send('POST', '/v1/leaderboards/slow/scores/batch', { submissions })
    const long = async () => {
      const { runs } = (await admin.get<DriftRuns>('/v1/admin/drift')).body
      return runs.filter((run) => run.checked === 1000 && run.startedBy === 'schedule').toReversed()
    }
    await eventually(async () => expect((await long()).length).toBeGreaterThan(2), 200_000)
    const begun = await long()
    const joined = begun.slice(1).filter((run, at) => run.startedAt < (begun[at]!.finishedAt ?? 'never'))
    expect(joined).toEqual([])

    // Two that an operator asks for are both done, beside each other and whatever goes on.
    const both = await Promise.all([1, 2].map(() => admin.send('POST', '/v1/admin/reconcile', { leaderboard: 'slow' })))
    expect(both.map(({ status, body }) => [status, body])).toEqual(
      [1, 2].map(() => [200, expect.objectContaining({ checked: 1000, missing: 0, stale: 0, extra: 0 })]),
    )
  } finally {
    await stack.stop()
  }
})
