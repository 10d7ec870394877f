import type { Profile } from '../contract/player.ts'
import { AppError } from '../errors.ts'
import type { Actions } from './actions.ts'
import { findBoard } from './board-of.ts'
import { periodView } from './period-view.ts'
import type {
  Changed,
  EntryStore,
  Ledger,
  LeaderboardStore,
  PlayerProfile,
  PlayerStore,
  RankIndex,
  StandingsStore,
} from './ports.ts'

export interface ManageOptions {
  leaderboards: LeaderboardStore
  standings: StandingsStore
  players: PlayerStore
  ledger: Ledger
  entries: EntryStore
  index: RankIndex
  /** Epoch milliseconds. */
  now(): number
  /** Told of what changed, for what holds copies. */
  changed(what: Changed): void
}

/** Reading a profile, taking a player out of a leaderboard, ending a session. */
export function createManagement(
  options: ManageOptions,
): Pick<Actions, 'getProfile' | 'removePlayer' | 'closeSession'> {
  const { leaderboards, standings, players, ledger, index } = options
  return {
    async getProfile(playerId) {
      const profile = await players.find(playerId)
      if (!profile) throw new AppError('NOT_FOUND', `there is no player ${playerId}`)
      return toProfile(profile)
    },

    async removePlayer(_caller, leaderboard, playerId) {
      const board = await findBoard(leaderboards, leaderboard)
      const removed = await ledger.remove(board, playerId)
      if (removed === null) throw new AppError('NOT_RANKED', `${playerId} has no place in ${leaderboard}`)
      options.changed(removed.changed)
      await index.apply(removed.rows)
    },

    async closeSession(leaderboard, sessionId) {
      const board = await findBoard(leaderboards, leaderboard)
      const now = options.now()
      const row = board.types.includes('SESSION') ? await standings.close(board, sessionId, now) : null
      if (!row) throw new AppError('NOT_FOUND', `leaderboard ${leaderboard} has no session ${sessionId}`)
      const total = (await options.entries.totals([row])).get(row.id) ?? 0
      return periodView(board, row, total, now)
    },
  }
}

/** A profile as the contract shows it. */
export function toProfile(profile: PlayerProfile): Profile {
  return {
    playerId: profile.playerId,
    displayName: profile.displayName,
    ...(profile.region === null ? {} : { region: profile.region }),
    ...(profile.country === null ? {} : { country: profile.country }),
    ...(profile.avatarUrl === null ? {} : { avatarUrl: profile.avatarUrl }),
    ...(profile.metadata === null ? {} : { metadata: profile.metadata }),
  }
}
