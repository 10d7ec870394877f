import { noPlayer, notRanked } from './refusals.ts'
import type { Profile } from '../contract/player.ts'
import { findBoard } from './resolve-standings.ts'
import type { PersonStore } from './ports/persons.ts'
import type { RankIndex } from './ports/ranks.ts'
import type { PlayerProfile, PlayerStore } from './ports/players.ts'
import type { LeaderboardStore } from './ports/leaderboards.ts'
import type { Changed } from './ports/changes.ts'
import type { Caller } from './request.ts'

export interface PlayerActions {
  getProfile(playerId: string): Promise<Profile>
  removePlayer(caller: Caller, leaderboard: string, playerId: string): Promise<void>
}

export interface ManageOptions {
  leaderboards: LeaderboardStore
  players: PlayerStore
  persons: Pick<PersonStore, 'remove'>
  index: RankIndex
  /** Called with what changed, so that copies are dropped. */
  changed(what: Changed): void
}

/** Reading a profile, taking a player out of a leaderboard. */
export function createManagement(options: ManageOptions): PlayerActions {
  const { leaderboards, players, persons, index } = options
  return {
    async getProfile(playerId) {
      const profile = await players.find(playerId)
      if (!profile) throw noPlayer(playerId)
      return toProfile(profile)
    },

    async removePlayer(_caller, leaderboard, playerId) {
      const board = await findBoard(leaderboards, leaderboard)
      const removed = await persons.remove(board, playerId)
      if (removed === null) throw notRanked(playerId, leaderboard)
      options.changed(removed.changed)
      await index.apply(removed.rows)
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
