import { noPlayer } from './refusals.ts'
import { iso } from './iso.ts'
import type { Moderation } from '../contract/person.ts'
import { inTime } from '../timing/in-time.ts'
import { toProfile } from './manage-players.ts'
import type { Moderated, PersonStore, Touched } from './ports/persons.ts'
import type { RankIndex, RankRow } from './ports/ranks.ts'
import type { PlayerProfile } from './ports/players.ts'
import type { Changed } from './ports/changes.ts'
import type { Profile, ProfileInput } from '../contract/player.ts'
import type { Caller } from './request.ts'

export interface ModerationActions {
  putProfile(playerId: string, profile: ProfileInput): Promise<{ created: boolean; profile: Profile }>
  /** Hides a player from every standings; repeated, nothing changes. */
  banPlayer(caller: Caller, playerId: string, reason: string): Promise<Moderation>
  /** Brings a player back to its places. */
  unbanPlayer(caller: Caller, playerId: string, reason: string | null): Promise<Moderation>
  /** Deletes what is kept about a person. */
  erasePlayer(caller: Caller, playerId: string): Promise<void>
}

export interface ModerateOptions {
  persons: PersonStore
  index: RankIndex
  /** Called with every change, so that copies are dropped. */
  changed(what: Changed): void
}

// The index takes 100 rows a call: a few calls at once, or those of others wait behind all of them.
const rowsPerTurn = 500
// A request is answered within 10 s of its arrival; what takes longer goes on, and the catch-up has it anyway.
const answerMs = 9000

/** Profiles, bans and erasure: committed first, then brought to the lists and told to every node. */
export function createModeration({ persons, index, changed }: ModerateOptions): ModerationActions {
  const bring = async (rows: RankRow[]) => {
    // No ranks are needed here: lists that are being restored read Postgres later than this.
    for (let from = 0; from < rows.length; from += rowsPerTurn)
      await index.apply(rows.slice(from, from + rowsPerTurn), 0)
  }
  const settle = async (arrived: number, touched: Touched) => {
    changed(touched.changed)
    await inTime(bring(touched.rows), arrived + answerMs - performance.now())
  }
  const moderated = async (playerId: string, decide: Promise<Moderated | null>): Promise<Moderation> => {
    const arrived = performance.now()
    const done = await decide
    if (!done) throw noPlayer(playerId)
    await settle(arrived, done)
    const bannedAt = iso(done.bannedAt)
    return { playerId, banned: bannedAt !== null, bannedAt, reason: done.reason }
  }

  return {
    async putProfile(playerId, input) {
      const profile: PlayerProfile = {
        playerId,
        displayName: input.displayName,
        region: input.region ?? null,
        country: input.country ?? null,
        avatarUrl: input.avatarUrl ?? null,
        metadata: input.metadata ?? null,
      }
      const arrived = performance.now()
      const done = await persons.put(profile)
      await settle(arrived, done)
      return { created: done.created, profile: toProfile(profile) }
    },

    banPlayer: (caller, playerId, reason) => moderated(playerId, persons.ban(playerId, caller.sub, reason)),
    unbanPlayer: (caller, playerId, reason) => moderated(playerId, persons.unban(playerId, caller.sub, reason)),

    async erasePlayer(caller, playerId) {
      const arrived = performance.now()
      const done = await persons.erase(playerId, caller.sub)
      if (!done) throw noPlayer(playerId)
      await settle(arrived, done)
    },
  }
}
