/** Where everybody begins. */
export const startRating = 1200
/** The most that a duel moves a rating by. */
export const kFactor = 32

/**
 * The share of points a player is expected to score against an opponent, 0 to 1.
 * Source: A. E. Elo, The Rating of Chessplayers, Past and Present (1978), with the logistic curve of the USCF and FIDE.
 */
export function expectedScore(own: number, opponent: number): number {
  return 1 / (1 + 10 ** ((opponent - own) / 400))
}

/**
 * Rating changes of a match of 2-100 players, whole numbers, from integer ratings and placements (1 = best, equal =
 * drawn). Every pair is a duel whose points are scaled by 1 / (n - 1); what a player gains is rounded half away from zero.
 * In a duel of two the second loses exactly what the first gains.
 */
export function eloChanges(players: readonly { rating: number; placement: number }[]): number[] {
  const changes = players.map((own, at) => {
    let points = 0
    players.forEach((other, index) => {
      if (index !== at) points += actualScore(own, other) - expectedScore(own.rating, other.rating)
    })
    return roundHalfAway((kFactor * points) / (players.length - 1))
  })
  // Negating keeps -0 out of what is stored and sent.
  return changes.length === 2 ? [changes[0]!, 0 - changes[0]!] : changes
}

function actualScore(own: { placement: number }, other: { placement: number }): number {
  return own.placement === other.placement ? 0.5 : own.placement < other.placement ? 1 : 0
}

// Sums of floating-point shares may miss an exact half by some 1e-14, on a side that depends on the order of players.
const halfTolerance = 1e-9

function roundHalfAway(value: number): number {
  const size = Math.floor(Math.abs(value) + 0.5 + halfTolerance)
  return value < 0 ? 0 - size : size
}
