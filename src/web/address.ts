/** What the page shows; the address always says so, which makes it a link to share. */
export interface Selection {
  leaderboard: string | null
  /** A selector; without a key it stays with the current period. */
  standings: string | null
  /** Whom it follows. */
  player: string | null
  /** For streams: transparent, the first ten, no controls. */
  overlay: boolean
}

/** The selection that a query such as `?leaderboard=arena&standings=WEEKLY` asks for. */
export function readAddress(query: string): Selection {
  const given = new URLSearchParams(query)
  return {
    leaderboard: given.get('leaderboard') || null,
    standings: given.get('standings') || null,
    player: given.get('player') || null,
    overlay: given.get('overlay') === '1',
  }
}

/** The path and query of a selection: the inverse of `readAddress`. */
export function addressOf({ leaderboard, standings, player, overlay }: Selection): string {
  const query = new URLSearchParams()
  if (leaderboard !== null) query.set('leaderboard', leaderboard)
  if (standings !== null) query.set('standings', standings)
  if (player !== null) query.set('player', player)
  if (overlay) query.set('overlay', '1')
  // A colon may stand in a query as it is, and `WEEKLY:2026-W47` is for people too.
  const text = query.toString().replaceAll('%3A', ':')
  return text === '' ? '/' : `/?${text}`
}
