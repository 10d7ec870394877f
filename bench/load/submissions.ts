import { randomBytes } from 'node:crypto'

/**
 * Makes submissions that all change something: `best` gets ever better scores, `sum` small additions. `first` and `step`:
 * numbers of the first one and between two, for several makers side by side.
 */
export function submissionMaker(operator: 'best' | 'sum', players: number, { first = 1, step = 1 } = {}) {
  const run = randomBytes(6).toString('hex')
  // Above the scores of processes that ran before on the same leaderboard.
  const base = Math.floor(Date.now() / 1000) * 1_000_000
  let n = first - step
  return () => {
    n += step
    const score = operator === 'best' ? base + n : 1 + (n % 100)
    return { playerId: `p${1 + Math.floor(Math.random() * players)}`, score, submissionId: `${run}-${n}` }
  }
}
