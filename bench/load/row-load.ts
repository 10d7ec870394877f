import { connectSql, type Sql } from '../../src/postgres/connection/client.ts'
import type { Load } from './recorder.ts'
import { submissionMaker } from './submissions.ts'

export interface RowJob {
  kind: 'rows'
  databaseUrl: string
  /** Transactions in flight, on `pool` connections. */
  inFlight: number
  pool: number
  leaderboardNo: number
  standingsId: number
  operator: 'best' | 'sum'
  players: number
}

/**
 * The yardstick: one transaction a submission, written as a careful person would for the same tables. Lock the player
 * (making an unknown one), write the ledger row, write the entry; the last two are sent together.
 */
export const rowLoad: Load<RowJob> = async (job, recorder) => {
  const settings = { name: 'yardstick', connectTimeoutMs: 5000, statementTimeoutMs: 10_000 }
  const sql = connectSql(job.databaseUrl, { ...settings, max: job.pool })
  const next = submissionMaker(job.operator, job.players)
  const state = { stopped: false }
  const loop = async () => {
    while (!state.stopped) {
      const started = performance.now()
      await submit(sql, job, next())
      recorder.done(performance.now() - started)
    }
  }
  const loops = Array.from({ length: job.inFlight }, () =>
    loop().catch((error: unknown) => recorder.fail(String(error))),
  )
  return async () => {
    state.stopped = true
    await Promise.all(loops)
    await sql.end({ timeout: 2 })
  }
}

async function submit(
  sql: Sql,
  { leaderboardNo, standingsId, operator }: RowJob,
  { playerId, score, submissionId }: { playerId: string; score: number; submissionId: string },
): Promise<void> {
  await sql.begin(async (tx) => {
    const lock = () => tx`select banned_at from players where id = ${playerId} for no key update`
    if ((await lock()).length === 0) {
      await tx`insert into players (id, display_name) values (${playerId}, ${playerId}) on conflict (id) do nothing`
      await lock()
    }
    const effects = `[{"s":${standingsId},"a":${score},"b":null}]`
    const change =
      operator === 'best' ? tx`score = greatest(e.score, excluded.score)` : tx`score = e.score + excluded.score`
    await Promise.all([
      tx`insert into submissions (leaderboard_no, player_id, submission_id, score, effects, occurred_at)
        values (${leaderboardNo}, ${playerId}, ${submissionId}, ${score}, ${effects}::text::jsonb, now())`,
      tx`insert into leaderboard_entries as e (standings_id, player_id, score, version, tie)
        values (${standingsId}, ${playerId}, ${score}, currval('submissions_id_seq'), currval('submissions_id_seq'))
        on conflict (standings_id, player_id) do update
          set ${change}, version = excluded.version, tie = excluded.tie`,
    ])
  })
}
