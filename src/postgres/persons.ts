import type { PersonStore } from '../actions/person-ports.ts'
import { setBan, type PersonStores } from './ban-player.ts'
import { erasePlayer } from './erase-player.ts'
import { putProfile } from './put-profile.ts'

/** What is decided about persons, each in one transaction under the player's lock. */
export function createPersonStore(stores: PersonStores): PersonStore {
  return {
    put: (profile) => putProfile(stores, profile),
    ban: (playerId, by, reason) => setBan(stores, playerId, 'BAN', by, reason),
    unban: (playerId, by, reason) => setBan(stores, playerId, 'UNBAN', by, reason),
    erase: (playerId, by) => erasePlayer(stores, playerId, by),
  }
}
