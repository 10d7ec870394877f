import type { PersonStore } from '../../actions/ports/persons.ts'
import { setBan } from './ban-player.ts'
import type { PersonStores } from './known-boards.ts'
import { erasePlayer } from './erase-player.ts'
import { putProfile } from './put-profile.ts'
import { removePlayer } from './remove-player.ts'

/** What is decided about persons, each in one transaction under the player's lock. */
export function createPersonStore(stores: PersonStores): PersonStore {
  return {
    put: (profile) => putProfile(stores, profile),
    ban: (playerId, by, reason) => setBan(stores, playerId, 'BAN', by, reason),
    unban: (playerId, by, reason) => setBan(stores, playerId, 'UNBAN', by, reason),
    remove: (board, playerId) => removePlayer(stores, board, playerId),
    erase: (playerId, by) => erasePlayer(stores, playerId, by),
  }
}
