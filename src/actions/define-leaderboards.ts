import { invalid, noLeaderboard } from './refusals.ts'
import { isDeepStrictEqual } from 'node:util'
import type { LeaderboardCreate, LeaderboardPatch, LeaderboardView } from '../contract/leaderboard.ts'
import { AppError } from '../errors.ts'
import type { Leaderboard } from '../ranking/leaderboard.ts'
import { formatScore, parseScore } from '../ranking/score.ts'
import { findBoard } from './resolve-standings.ts'
import type { LeaderboardStore } from './ports/leaderboards.ts'

export interface LeaderboardActions {
  createLeaderboard(definition: LeaderboardCreate): Promise<{ created: boolean; leaderboard: LeaderboardView }>
  listLeaderboards(): Promise<LeaderboardView[]>
  getLeaderboard(id: string): Promise<LeaderboardView>
  changeLeaderboard(id: string, patch: LeaderboardPatch): Promise<LeaderboardView>
  deleteLeaderboard(id: string): Promise<void>
}

/** Definitions of leaderboards. What a deleted one leaves behind is worked off by a job. */
export function createDefinitions({ leaderboards }: { leaderboards: LeaderboardStore }): LeaderboardActions {
  return {
    async createLeaderboard(definition) {
      const wanted = fromDefinition(definition)
      const made = await leaderboards.insert(wanted)
      if (made) return { created: true, leaderboard: toView(made) }
      const existing = await findBoard(leaderboards, definition.id)
      if (isDeepStrictEqual(toView({ ...wanted, no: 0 }), toView(existing)))
        return { created: false, leaderboard: toView(existing) }
      throw new AppError(
        'CONFLICT',
        `leaderboard ${definition.id} exists with another definition; change it with PATCH`,
      )
    },

    listLeaderboards: async () => (await leaderboards.list()).map(toView),
    getLeaderboard: async (id) => toView(await findBoard(leaderboards, id)),

    async changeLeaderboard(id, patch) {
      const board = await findBoard(leaderboards, id)
      const changed = await leaderboards.change(board, (now) => changedBy(now, patch))
      if (!changed) throw noLeaderboard(id)
      return toView(changed)
    },

    async deleteLeaderboard(id) {
      await leaderboards.remove(await findBoard(leaderboards, id))
    },
  }
}

/** The definition after a change. Rejects what may not change, and what does not go together. */
function changedBy(board: Leaderboard, patch: LeaderboardPatch): Leaderboard {
  refuseFixed(board, patch)
  const { decimals } = board
  const changed: Leaderboard = {
    ...board,
    title: patch.title ?? board.title,
    description: patch.description ?? board.description,
    rankStyle: patch.rankStyle ?? board.rankStyle,
    types: patch.types ?? board.types,
    submitBy: patch.submitBy ?? board.submitBy,
    liveLimit: patch.liveLimit ?? board.liveLimit,
    tickMs: patch.tickMs ?? board.tickMs,
    graceMs: patch.graceMs ?? board.graceMs,
    autoVerify: patch.autoVerify ?? board.autoVerify,
    minScore: patch.minScore === undefined ? board.minScore : scaled(patch.minScore, decimals, 'minScore'),
    maxScore: patch.maxScore === undefined ? board.maxScore : scaled(patch.maxScore, decimals, 'maxScore'),
  }
  if (changed.minScore !== null && changed.maxScore !== null && changed.minScore > changed.maxScore)
    throw invalid('maxScore', 'must not be below minScore')
  if (board.metric === 'rating' && !changed.types.includes('GLOBAL'))
    throw invalid('types', 'must include GLOBAL on a rating leaderboard')
  if (board.metric !== 'rating' && changed.autoVerify) throw invalid('autoVerify', 'is for rating leaderboards')
  return changed
}

function refuseFixed(board: Leaderboard, patch: LeaderboardPatch): void {
  for (const field of ['id', 'metric', 'order', 'operator', 'ties', 'decimals', 'timezone'] as const)
    // A rating leaderboard has no operator that anybody may name.
    if (
      patch[field] !== undefined &&
      (patch[field] !== board[field] || (field === 'operator' && board.metric === 'rating'))
    )
      throw new AppError('CONFLICT', `${field} of a leaderboard never changes; define another leaderboard`, {
        issues: [{ path: field, message: 'never changes' }],
      })
}

function fromDefinition(definition: LeaderboardCreate): Omit<Leaderboard, 'no'> {
  const { minScore, maxScore, operator, title, description, ...rest } = definition
  return {
    ...rest,
    title: title ?? definition.id,
    description: description ?? '',
    // A rating is replaced by each match; the contract shows no operator for it.
    operator: definition.metric === 'rating' ? 'last' : (operator ?? 'best'),
    minScore: scaled(minScore ?? null, definition.decimals, 'minScore'),
    maxScore: scaled(maxScore ?? null, definition.decimals, 'maxScore'),
  }
}

function toView(board: Leaderboard): LeaderboardView {
  const { no: _, description, minScore, maxScore, operator, autoVerify, ...rest } = board
  return {
    ...rest,
    ...(description === '' ? {} : { description }),
    ...(board.metric === 'rating' ? { autoVerify } : { operator }),
    ...(minScore === null ? {} : { minScore: formatScore(minScore, board.decimals) }),
    ...(maxScore === null ? {} : { maxScore: formatScore(maxScore, board.decimals) }),
  }
}

function scaled(value: number | null, decimals: number, path: string): number | null {
  if (value === null) return null
  const parsed = parseScore(value, decimals)
  if ('error' in parsed) throw invalid(path, parsed.detail)
  return parsed.scaled
}
