import { randomBytes } from 'node:crypto'

/**
 * Makes submissions that all change something: `best` gets ever better scores, `sum` small additions. `first` and `step`:
 * numbers of the first one and between two, for several makers side by side. Each of those has players of its own, since
 * nobody knows which of two makers' submissions arrives first.
 */
export function submissionMaker(operator: 'best' | 'sum', players: number, { first = 1, step = 1 } = {}) {
  const run = randomBytes(6).toString('hex')
  // Above the scores of processes that ran before on the same leaderboard.
  const base = Math.floor(Date.now() / 1000) * 1_000_000
  let n = first - step
  const own = Math.floor(players / step)
  return () => {
    n += step
    const playerId = `p${first + step * Math.floor(Math.random() * own)}`
    const score = operator === 'best' ? base + n : 1 + (n % 100)
    return { playerId, score, submissionId: `${run}-${n}` }
  }
}
