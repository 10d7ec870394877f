import { invalid, noMatch, noPlayer } from './refusals.ts'
import { isTooFarAhead, tooFarAhead } from '../ranking/occurred-at.ts'
import { roleSuffices } from '../contract/roles.ts'
import { iso } from './iso.ts'
import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { MatchComplete, MatchCreate, MatchView, PlayerStats } from '../contract/match.ts'
import { AppError } from '../errors.ts'
import { resultOf } from '../ranking/match.ts'
import type { Caller } from './request.ts'
import { findBoard } from './resolve-standings.ts'
import type { Match, MatchStore, Moved, ReportedResult, Transition } from './ports/matches.ts'
import type { TotalsStore } from './ports/totals.ts'
import type { RankIndex } from './ports/ranks.ts'
import type { LeaderboardStore } from './ports/leaderboards.ts'
import type { Changed } from './ports/changes.ts'
import { matchView } from './match-view.ts'

/** What may be done with matches. All reject with `AppError`. */
export interface MatchActions {
  createMatch(caller: Caller, input: MatchCreate): Promise<{ created: boolean; match: MatchView }>
  readMatch(caller: Caller, id: string): Promise<MatchView>
  completeMatch(caller: Caller, id: string, input: MatchComplete): Promise<MatchView>
  /** Steps without results; `reason` for a dispute and a rejection. */
  moveMatch(
    caller: Caller,
    id: string,
    step: 'START' | 'CANCEL' | 'VERIFY' | 'DISPUTE' | 'REJECT',
    reason: string | null,
  ): Promise<MatchView>
  readStats(caller: Caller, playerId: string): Promise<PlayerStats>
}

export interface MatchOptions {
  leaderboards: LeaderboardStore
  matches: MatchStore
  totals: TotalsStore
  index: Pick<RankIndex, 'apply'>
  /** Epoch milliseconds. */
  now(): number
  /** Called with what changed, so that copies are dropped. */
  changed(what: Changed): void
}

/** Matches from their announcement to their verification; see docs/protocol.md, "Matches". */
export function createMatches(options: MatchOptions): MatchActions {
  const { leaderboards, matches, totals } = options
  const find = async (id: string): Promise<Match> => {
    const match = await matches.find(id)
    if (!match) throw noMatch(id)
    return match
  }
  /** Also one that this node has not heard of yet; null when it was removed. */
  const boardOfMatch = async ({ leaderboardNo: no }: Match) =>
    leaderboards.byNo(no) ?? (await leaderboards.list()).find((board) => board.no === no) ?? null
  const view = async (match: Match) => matchView(match, (await boardOfMatch(match))?.id ?? '')
  const settled = async (id: string, moved: Moved | null, step: string): Promise<MatchView> => {
    if (moved === null) throw noMatch(id)
    const { status, verification } = moved.match
    if (moved.outcome === 'refused')
      throw new AppError('INVALID_TRANSITION', `cannot ${step.toLowerCase()} a match that is ${verification ?? status}`)
    if (moved.changed) options.changed(moved.changed)
    if (moved.rows.length > 0) await options.index.apply(moved.rows)
    return view(moved.match)
  }
  /** A step that may change ratings needs the rules of the leaderboard. */
  const settle = async (match: Match, transition: Transition) => {
    const board = await boardOfMatch(match)
    if (!board || (await leaderboards.find(board.id))?.no !== board.no)
      throw new AppError('NOT_FOUND', `the leaderboard of match ${match.id} was removed`)
    return matches.settle(board, match.id, transition, options.now())
  }

  return {
    async createMatch(caller, input) {
      const board = await findBoard(leaderboards, input.leaderboard)
      if (board.metric !== 'rating')
        throw new AppError('CONFLICT', `leaderboard ${board.id} takes scores; matches need one with metric "rating"`)
      const wanted = {
        id: input.id ?? randomUUID(),
        leaderboardNo: board.no,
        type: input.type,
        playerIds: input.playerIds,
        region: input.region ?? null,
        scheduledAt: input.scheduledAt === undefined ? null : Date.parse(input.scheduledAt),
      }
      const { created, match } = await matches.create(wanted, caller.sub ?? '')
      const { leaderboardNo, type, region, scheduledAt } = match
      const playerIds = match.participants.map((one) => one.playerId)
      if (!isDeepStrictEqual({ id: match.id, leaderboardNo, type, playerIds, region, scheduledAt }, wanted))
        throw new AppError('CONFLICT', `match ${match.id} exists with another definition`)
      return { created, match: await view(match) }
    },

    async readMatch(caller, id) {
      const match = await find(id)
      const allowed = roleSuffices(caller.role, 'server')
      return allowed ? { ...(await view(match)), log: (await matches.log(id)).map(toLogView) } : view(match)
    },

    async completeMatch(caller, id, input) {
      const match = await find(id)
      const now = options.now()
      const at = input.completedAt === undefined ? now : Date.parse(input.completedAt)
      if (isTooFarAhead(at, now)) throw invalid('completedAt', tooFarAhead)
      const results = reported(match, input)
      const body = { results, completedAt: input.completedAt === undefined ? null : at }
      const transition: Transition = {
        step: 'COMPLETE',
        body,
        actor: caller.sub ?? '',
        reason: null,
        completion: { at, results },
      }
      const verifies = (await boardOfMatch(match))?.autoVerify === true
      return settled(id, verifies ? await settle(match, transition) : await matches.move(id, transition), 'COMPLETE')
    },

    async moveMatch(caller, id, step, reason) {
      const transition = {
        step,
        body: reason === null ? {} : { reason },
        actor: caller.sub ?? '',
        reason,
        completion: null,
      }
      if (step === 'START' || step === 'CANCEL') return settled(id, await matches.move(id, transition), step)
      const match = await find(id)
      if (step !== 'DISPUTE') return settled(id, await settle(match, transition), step)
      if (caller.role === 'player' && !match.participants.some((one) => one.playerId === caller.sub))
        throw new AppError('FORBIDDEN', 'a player may dispute only a match that it took part in')
      return settled(id, await matches.move(id, transition), step)
    },

    async readStats(caller, playerId) {
      if (caller.role === 'player' && caller.sub !== playerId)
        throw new AppError('FORBIDDEN', 'a player may read only its own stats')
      const found = await totals.read(playerId)
      if (!found) throw noPlayer(playerId)
      const { accuracySum, accuracyCount, ...counts } = found
      return {
        playerId,
        ...counts,
        kd: hundredths(counts.kills / Math.max(1, counts.deaths)),
        accuracy: accuracyCount === 0 ? null : hundredths(accuracySum / accuracyCount),
      }
    },
  }
}

/** Results by participant: everyone once. Those of an erased person go to an anonymous participant. */
function reported(match: Match, { results }: MatchComplete): ReportedResult[] {
  const slots = new Map(
    match.participants.flatMap((one, slot) => (one.playerId === null ? [] : [[one.playerId, slot]])),
  )
  const anonymous = match.participants.flatMap((one, slot) => (one.playerId === null ? [slot] : []))
  const placements = results.map((one) => one.placement)
  const bySlot = results.map((one, at): ReportedResult => {
    const slot = slots.get(one.playerId) ?? anonymous.shift()
    if (slot === undefined) throw invalid(`results.${at}.playerId`, `${one.playerId} does not take part in the match`)
    return {
      slot,
      placement: one.placement,
      result: resultOf(one.placement, placements),
      kills: one.kills ?? null,
      deaths: one.deaths ?? null,
      assists: one.assists ?? null,
      accuracy: one.accuracy ?? null,
      score: one.score ?? null,
    }
  })
  if (bySlot.length < match.participants.length)
    throw invalid('results', 'must have a result for everybody who takes part')
  return bySlot.sort((a, b) => a.slot - b.slot)
}

function toLogView({ step, at, actor, reason }: Awaited<ReturnType<MatchStore['log']>>[number]) {
  return { step, at: iso(at), by: actor, reason }
}

const hundredths = (value: number) => Math.round(value * 100) / 100
