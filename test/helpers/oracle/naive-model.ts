import {
  historyOf,
  type Definition,
  type Expected,
  type Item,
  type LedgerRow,
  type Place,
  type Sent,
  type Stored,
  asNow,
} from './naive-ledger.ts'
import { limitOf, naivePeriod, toNumber, toScaled, type Periodic } from './naive-values.ts'

// The contract once more, as simply as can be: every question replays and sorts the ledger. Nothing of the code under test.

interface Target {
  standings: string
  startsAt: number
  endsAt: number
}

const periodic = ['DAILY', 'WEEKLY', 'MONTHLY']

export type NaiveModel = ReturnType<typeof createNaiveModel>

export function createNaiveModel(board: Definition, regionOf: (playerId: string) => string | null) {
  let ledger: LedgerRow[] = []
  const sessionEnds = new Map<string, number>()
  const limit = limitOf(board.decimals)
  const best = board.order === 'desc' ? 1n : -1n
  const scaledOf = (score: number) => toScaled(score, board.decimals) as bigint
  const shown = (scaled: bigint) => toNumber(scaled, board.decimals)

  /** Null: the stored score stays. */
  const fold = (stored: bigint | undefined, score: bigint): bigint | null => {
    if (stored === undefined) return score
    if (board.operator === 'sum') return score === 0n ? null : stored + score
    if (board.operator === 'last') return score === stored ? null : score
    return (score - stored) * best > 0n ? score : null
  }

  const replay = (standings: string) => {
    const entries = new Map<string, { playerId: string; score: bigint; reached: number }>()
    ledger.forEach(({ playerId, sent, joins }, reached) => {
      if (sent === null) entries.delete(playerId)
      if (sent === null || !joins.includes(standings)) return
      const score = fold(entries.get(playerId)?.score, scaledOf(sent.score))
      if (score !== null) entries.set(playerId, { playerId, score, reached })
    })
    return entries
  }

  const ranking = (standings: string): Place[] => {
    const list = [...replay(standings).values()].sort((a, b) => {
      if (a.score !== b.score) return (b.score - a.score) * best > 0n ? 1 : -1
      if (board.ties === 'id') return Buffer.compare(Buffer.from(a.playerId), Buffer.from(b.playerId))
      return board.ties === 'first' ? a.reached - b.reached : b.reached - a.reached
    })
    return list.map(({ playerId, score }, index) => ({
      playerId,
      score: shown(score),
      position: index + 1,
      rank: board.rankStyle === 'ordinal' ? index + 1 : list.findIndex((other) => other.score === score) + 1,
    }))
  }

  const targetsOf = (sent: Sent, now: number): Target[] => {
    const at = sent.occurredAt === undefined ? now : Date.parse(sent.occurredAt)
    const region = regionOf(sent.playerId)
    return board.types.flatMap((type) => {
      const always = { startsAt: -Infinity, endsAt: Infinity }
      if (type === 'GLOBAL') return { standings: type, ...always }
      if (type === 'REGIONAL') return region === null ? [] : { standings: `REGIONAL:${region}`, ...always }
      if (type === 'SESSION') {
        if (sent.sessionId === undefined) return []
        return {
          standings: `SESSION:${sent.sessionId}`,
          ...always,
          endsAt: sessionEnds.get(sent.sessionId) ?? Infinity,
        }
      }
      const { key, startsAt, endsAt } = naivePeriod(type as Periodic, at, board.timezone)
      return { standings: `${type}:${key}`, startsAt, endsAt }
    })
  }

  const withRanks = (items: Item[], playerId: string, before: Map<string, Place[]>, duplicate: boolean): Item[] =>
    items.map((item) => {
      const list = ranking(item.standings)
      const rankIn = (places: Place[]) => places.find((place) => place.playerId === playerId)?.rank ?? null
      const previousRank = duplicate ? null : rankIn(before.get(item.standings)!)
      return { ...item, rank: rankIn(list), previousRank, total: list.length }
    })
  const receipt = (row: LedgerRow, before: Map<string, Place[]>, duplicate: boolean): Stored => {
    const standings = withRanks(row.items, row.playerId, before, duplicate)
    const applied = row.items.some((item) => item.applied)
    return { applied, reason: applied ? null : row.items[0]!.reason, duplicate, standings, row }
  }

  return {
    ranking,

    /** What a submission by `as` at `now` does; stores it unless it is refused. */
    submit(sent: Sent, as: 'server' | 'player', now: number): Expected {
      const at = sent.occurredAt === undefined ? now : Date.parse(sent.occurredAt)
      const score = toScaled(sent.score, board.decimals)
      const malformed = typeof score === 'string' ? [score] : []
      if (at > now + 60_000) malformed.push('VALIDATION')
      if (as === 'player' && board.submitBy === 'server') malformed.push('FORBIDDEN')
      if (malformed.length > 0) return { refused: malformed }

      const known = ledger.find(
        (row) =>
          row.playerId === sent.playerId &&
          sent.submissionId !== undefined &&
          row.sent?.submissionId === sent.submissionId,
      )
      if (known) {
        const same = (['score', 'sessionId', 'occurredAt'] as const).every(
          (field) => known.sent![field] === sent[field],
        )
        return same ? receipt(asNow(ledger, known), new Map(), true) : { refused: ['IDEMPOTENCY_CONFLICT'] }
      }

      const targets = targetsOf(sent, now)
      const refused: string[] = []
      if (targets.length === 0 || (sent.sessionId !== undefined && !board.types.includes('SESSION')))
        refused.push('VALIDATION')
      if (sent.score < (board.minScore ?? -Infinity) || sent.score > (board.maxScore ?? Infinity))
        refused.push('SCORE_OUT_OF_RANGE')
      const tooLate = as === 'player' && sent.occurredAt !== undefined && now - at > board.graceMs
      const open = targets.filter(({ endsAt }) => at < endsAt && now < endsAt + board.graceMs)
      if (tooLate || (targets.length > 0 && open.length === 0)) refused.push('WINDOW_CLOSED')
      const items = targets.map((target): Item => {
        const stored = replay(target.standings).get(sent.playerId)?.score
        const next = open.includes(target) ? fold(stored, score as bigint) : null
        if (next !== null && (next > limit || next < -limit)) refused.push('SCORE_OUT_OF_RANGE')
        const kept = board.operator === 'best' ? 'NOT_BETTER' : 'UNCHANGED'
        const after = next ?? stored
        return {
          standings: target.standings,
          applied: next !== null,
          reason: next !== null ? null : open.includes(target) ? kept : 'WINDOW_CLOSED',
          score: after === undefined ? null : shown(after),
          previousScore: stored === undefined ? null : shown(stored),
          rank: null,
          previousRank: null,
          total: 0,
        }
      })
      if (refused.length > 0) return { refused }

      const before = new Map(targets.map(({ standings }) => [standings, ranking(standings)]))
      const joins = open.map(({ standings }) => standings)
      const row = { playerId: sent.playerId, sent, joins, items, left: [] }
      ledger.push(row)
      return receipt(row, before, false)
    },

    /** False when the answer would depend on which of the next moments the server acts in. */
    certain(sent: Sent, as: 'server' | 'player', now: number): boolean {
      const margin = 10_000
      const at = sent.occurredAt === undefined ? now : Date.parse(sent.occurredAt)
      const near = (instant: number) => Math.abs(instant - now) < margin
      if (near(at - 60_000) || (as === 'player' && sent.occurredAt !== undefined && near(at + board.graceMs)))
        return false
      return targetsOf(sent, now).every(
        ({ standings, startsAt, endsAt }) =>
          startsAt < now - margin &&
          !near(endsAt + board.graceMs) &&
          (standings.startsWith('SESSION') || sent.occurredAt !== undefined || !near(endsAt)),
      )
    },

    /** Puts the newest rows, committed in one batch, into the order that the ledger gave them. */
    reorderLast(rows: LedgerRow[], orderOf: (row: LedgerRow) => number): void {
      const rest = ledger.filter((row) => !rows.includes(row))
      ledger = [...rest, ...rows.toSorted((a, b) => orderOf(a) - orderOf(b))]
    },

    /** False when there was nothing to remove. */
    remove(playerId: string): boolean {
      const left = this.joined().filter((standings) => replay(standings).has(playerId))
      if (left.length > 0) ledger.push({ playerId, sent: null, joins: [], items: [], left })
      return left.length > 0
    },

    closeSession(sessionId: string, endsAt: number): void {
      if (!sessionEnds.has(sessionId)) sessionEnds.set(sessionId, endsAt)
    },

    /** What a player's history says, newest first: of one standings, or of all (`*`). */
    history: (playerId: string, standings: string) =>
      historyOf(
        board.types,
        ledger.filter((row) => row.playerId === playerId),
        standings,
      ),

    /** Every standings that a score went into. */
    joined: () => [...new Set(ledger.flatMap((row) => row.joins))],

    /** Every standings that a score was meant for, closed ones too. */
    meant: () => [...new Set(ledger.flatMap((row) => row.items.map((item) => item.standings)))],

    /** The period of a standings list at `now`; null when it is not a period. */
    current: (type: string, now: number) =>
      periodic.includes(type) ? naivePeriod(type as Periodic, now, board.timezone) : null,

    /** The rank and total of a newcomer with this score. */
    whatIf(standings: string, score: number): { rank: number; total: number } {
      const list = ranking(standings)
      const ahead = list.filter((place) => (board.order === 'desc' ? place.score > score : place.score < score)).length
      const equal = list.filter((place) => place.score === score).length
      const behindEquals = board.rankStyle === 'ordinal' && board.ties !== 'last'
      return { rank: 1 + ahead + (behindEquals ? equal : 0), total: list.length + 1 }
    },
  }
}
