import { iso } from './iso.ts'
import { everyStandings } from '../contract/reads.ts'
import { AppError } from '../errors.ts'
import type { Leaderboard } from '../ranking/leaderboard.ts'
import { formatScore } from '../ranking/score.ts'
import { formatSelector } from '../ranking/selector.ts'
import { resolveStandings, findBoard, type NamingStores } from './resolve-standings.ts'
import type { HistoryOf, HistoryRow, HistoryStore } from './ports/history.ts'
import type { Standings } from './ports/standings.ts'
import type { History } from '../contract/reads.ts'
import type { Caller, Where } from './request.ts'

export interface HistoryActions {
  readHistory(caller: Caller, where: Where & { playerId: string; limit: number }): Promise<History>
}

export interface HistoryOptions extends NamingStores {
  history: HistoryStore
  /** Epoch milliseconds. */
  now(): number
}

/**
 * What the ledger says of a player. A row belongs to the standings that it has an effect on, whatever its kind; it is
 * applied when one of those that are asked for changed.
 */
export function createHistory(options: HistoryOptions): HistoryActions {
  const { leaderboards, standings, history } = options

  return {
    async readHistory(caller, { playerId, limit, ...where }) {
      if (caller.role === 'player' && caller.sub !== playerId)
        throw new AppError('FORBIDDEN', 'a player may read only its own history')
      const every = where.standings === everyStandings
      const named = every ? null : await resolveStandings(options, where, options.now())
      const board = named?.board ?? (await findBoard(leaderboards, where.leaderboard))
      const of = named && { standingsId: named.row?.id ?? null, selector: named.selector }
      const rows = await history.read(board, playerId, limit, of)
      const names = every ? await standings.byIds(changedBy(rows)) : null
      return {
        entries: rows.map((row) => {
          const effects = of ? row.effects.filter((effect) => isOn(effect, of)) : row.effects
          const applied = effects.length === 0 || effects.some((effect) => effect.reason === null)
          return {
            at: iso(row.at),
            score: row.score === null ? null : formatScore(row.score, board.decimals),
            kind: row.kind,
            reason: row.reason ?? (applied ? null : (effects[0]?.reason ?? null)),
            ...(row.submissionId === null ? {} : { submissionId: row.submissionId }),
            ...(row.matchId === null ? {} : { matchId: row.matchId }),
            ...(names === null
              ? {}
              : {
                  changed: namesOf(
                    board,
                    changedBy([row]).flatMap((id) => names.get(id) ?? []),
                  ),
                }),
          }
        }),
      }
    },
  }
}

function isOn(effect: HistoryRow['effects'][number], { standingsId, selector }: HistoryOf): boolean {
  return effect.standingsId === null ? effect.selector === selector : effect.standingsId === standingsId
}

/** The standings that rows changed, each once. */
function changedBy(rows: readonly HistoryRow[]): number[] {
  const applied = rows.flatMap((row) => row.effects.filter((effect) => effect.reason === null))
  return [...new Set(applied.flatMap((effect) => effect.standingsId ?? []))]
}

/** Selectors in the order of the leaderboard's types, those of a type by their keys. */
function namesOf({ types }: Leaderboard, list: readonly Standings[]): string[] {
  const byType = list.toSorted((a, b) => types.indexOf(a.type) - types.indexOf(b.type) || (a.key < b.key ? -1 : 1))
  return byType.map(({ type, key }) => formatSelector(type, key))
}
