import type { Standings } from '../../src/actions/ports/standings.ts'
import type { LedgerItem } from '../../src/ranking/fold-batch.ts'
import type { Leaderboard } from '../../src/ranking/leaderboard.ts'

/** A leaderboard as the defaults make it, but for what is given. */
export function makeLeaderboard(of: Partial<Leaderboard> = {}): Leaderboard {
  return {
    no: 1,
    id: 'arena',
    title: 'Arena',
    description: '',
    metric: 'score',
    order: 'desc',
    operator: 'best',
    ties: 'first',
    rankStyle: 'ordinal',
    types: ['GLOBAL', 'SESSION'],
    decimals: 0,
    minScore: null,
    maxScore: null,
    timezone: 'UTC',
    submitBy: 'server',
    liveLimit: 100,
    tickMs: 100,
    graceMs: 60_000,
    autoVerify: false,
    ...of,
  }
}

export function makeStandings(of: Partial<Standings> & Pick<Standings, 'id' | 'leaderboardNo'>): Standings {
  const { id } = of
  const rest = { type: 'SESSION', startsAt: null, endsAt: null, status: 'OPEN', generation: 1, createdAt: 0 } as const
  return { key: `s${id}`, ...rest, ...of }
}

export function makeLedgerItem(of: Partial<LedgerItem> & Pick<LedgerItem, 'board'>): LedgerItem {
  return {
    playerId: 'a',
    submissionId: 'x',
    score: 1,
    sessionId: null,
    occurredAt: 0,
    occurredSent: false,
    byPlayer: false,
    metadata: null,
    ...of,
    drawnIds: [],
  }
}
