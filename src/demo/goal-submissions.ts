import { createHash } from 'node:crypto'
import type { GoalRow } from './goal-file.ts'
import { createPlayerIds } from './player-ids.ts'

/** A goal as `POST /v1/leaderboards/{lb}/scores/batch` takes it. */
export interface GoalSubmission {
  playerId: string
  score: 1
  submissionId: string
  occurredAt: string
  sessionId?: string
}

export interface GoalReplay {
  submissions: GoalSubmission[]
  /** Display name by player id, in order of the first goal. */
  names: Map<string, string>
  /** Rows left out, counted. */
  ownGoals: number
  withoutScorer: number
}

/** One submission a goal, in the order of `rows`; own goals and goals without a scorer are left out and counted. */
export function goalReplay(rows: GoalRow[]): GoalReplay {
  const playerId = createPlayerIds()
  const occurrence = createCounter()
  const replay: GoalReplay = { submissions: [], names: new Map(), ownGoals: 0, withoutScorer: 0 }
  for (const row of rows) {
    if (row.ownGoal) {
      replay.ownGoals++
      continue
    }
    if (row.scorer === null) {
      replay.withoutScorer++
      continue
    }
    const id = playerId(row.team, row.scorer)
    replay.names.set(id, row.scorer)
    replay.submissions.push({
      playerId: id,
      score: 1,
      submissionId: submissionId(row, occurrence),
      // The source has no kick-off time; noon UTC is the match day in nearly every time zone.
      occurredAt: `${row.date}T12:00:00.000Z`,
      ...(row.worldCup && { sessionId: `fifa-world-cup-${row.date.slice(0, 4)}` }),
    })
  }
  return replay
}

// Identical rows are different goals (unknown minutes, mostly), so their occurrences are numbered. Hashed, because teams
// and names do not fit the id's alphabet and length; the date in front keeps it findable.
function submissionId(row: GoalRow, occurrence: (key: string) => number): string {
  const goal = [row.date, row.home, row.away, row.team, row.scorer, row.minute ?? ''].join('\t')
  const digest = createHash('sha256')
    .update(`${goal}\t${occurrence(goal)}`)
    .digest('base64url')
  return `goal:${row.date}:${digest.slice(0, 22)}`
}

function createCounter(): (key: string) => number {
  const counts = new Map<string, number>()
  return (key) => {
    const count = (counts.get(key) ?? 0) + 1
    counts.set(key, count)
    return count
  }
}
