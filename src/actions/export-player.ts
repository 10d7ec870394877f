import { noPlayer } from './refusals.ts'
import { iso } from './iso.ts'
import type { PersonExport } from '../contract/person.ts'
import { AppError } from '../errors.ts'
import { formatScore } from '../ranking/score.ts'
import { formatSelector } from '../ranking/selector.ts'
import type { LeaderboardType } from '../ranking/leaderboard.ts'
import { toProfile } from './manage-players.ts'
import type { ExportBoard, ExportRow, ExportStore } from './ports/exports.ts'
import type { Standings, StandingsStore } from './ports/standings.ts'
import type { Caller } from './request.ts'

export interface ExportActions {
  /** Everything that is kept about a person; `actor` of decisions is shown to servers and admins only. */
  exportPlayer(caller: Caller, playerId: string): Promise<PersonExport>
}

export interface ExportOptions {
  exports: ExportStore
  standings: StandingsStore
}

const rowsPerPage = 1000
// An export of 100,000 rows takes tens of megabytes while it is made.
const atOnce = 2

/** Everything that is kept about a person, read in pages, so that no other request waits for it. */
export function createExport({ exports, standings }: ExportOptions): ExportActions {
  let running = 0

  const submissionsOf = async (playerId: string, board: ExportBoard) => {
    const list: PersonExport['submissions'] = []
    for (let after = 0; ;) {
      const page = await exports.rows(playerId, board.no, after, rowsPerPage)
      const mentioned = page.flatMap((row) => row.effects.flatMap((effect) => effect.standingsId ?? []))
      const named = await standings.byIds([...new Set(mentioned)])
      for (const row of page) list.push(toSubmission(board, row, named))
      if (page.length < rowsPerPage) return list
      after = page.at(-1)!.id
    }
  }
  const collect = async (playerId: string, showActors: boolean): Promise<PersonExport> => {
    const player = await exports.player(playerId)
    if (!player) throw noPlayer(playerId)
    const submissions: PersonExport['submissions'] = []
    for (const board of await exports.boards(playerId))
      for (const one of await submissionsOf(playerId, board)) submissions.push(one)

    const matchIds = await exports.matchIds(playerId)
    const matches: PersonExport['matches'] = []
    const decisions = await exports.decisionsAbout(playerId)
    for (let from = 0; from < matchIds.length; from += rowsPerPage) {
      const some = matchIds.slice(from, from + rowsPerPage)
      for (const { scheduledAt, completedAt, ...match } of await exports.matches(playerId, some))
        matches.push({ ...match, scheduledAt: iso(scheduledAt), completedAt: iso(completedAt) })
      decisions.push(...(await exports.decisionsBy(playerId, some)))
    }
    return {
      player: {
        ...toProfile(player),
        createdAt: iso(player.createdAt),
        updatedAt: iso(player.updatedAt),
        bannedAt: iso(player.bannedAt),
      },
      totals: await exports.totals(playerId),
      entries: (await exports.entries(playerId)).map((entry) => ({
        leaderboard: entry.leaderboard,
        standings: formatSelector(entry.type as LeaderboardType, entry.key),
        score: formatScore(entry.score, entry.decimals),
        hidden: entry.hidden,
        ...(entry.finalRank === null ? {} : { finalRank: entry.finalRank }),
      })),
      submissions,
      matches,
      moderation: decisions.map(({ at, action, actor, reason, matchId }) => ({
        at: iso(at),
        action,
        reason,
        ...(matchId === null ? {} : { matchId }),
        ...(actor !== null && (showActors || actor === playerId) ? { actor } : {}),
      })),
    }
  }

  return {
    async exportPlayer(caller, playerId) {
      if (caller.role === 'player' && caller.sub !== playerId)
        throw new AppError('FORBIDDEN', 'a player may export only what is kept about itself')
      if (running >= atOnce) throw new AppError('OVERLOADED', `${atOnce} exports are being made; try again shortly`)
      running += 1
      try {
        return await collect(playerId, caller.role !== 'player')
      } finally {
        running -= 1
      }
    },
  }
}

function toSubmission(
  { id: leaderboard, decimals }: ExportBoard,
  row: ExportRow,
  named: Map<number, Standings>,
): PersonExport['submissions'][number] {
  const scoreOf = (scaled: number | null) => (scaled === null ? null : formatScore(scaled, decimals))
  return {
    leaderboard,
    kind: row.kind,
    ...(row.submissionId === null ? {} : { submissionId: row.submissionId }),
    score: scoreOf(row.score),
    occurredAt: iso(row.occurredAt),
    at: iso(row.at),
    ...(row.sessionId === null ? {} : { sessionId: row.sessionId }),
    ...(row.metadata === null ? {} : { metadata: row.metadata }),
    ...(row.matchId === null ? {} : { matchId: row.matchId }),
    ...(row.reason === null ? {} : { reason: row.reason }),
    standings: row.effects.map((effect) => {
      const of = effect.standingsId === null ? undefined : named.get(effect.standingsId)
      return {
        standings: of ? formatSelector(of.type, of.key) : (effect.selector ?? ''),
        score: scoreOf(effect.score),
        previousScore: scoreOf(effect.previous),
        reason: effect.reason,
      }
    }),
  }
}
