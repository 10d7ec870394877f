import type { Actions } from '../actions/actions.ts'
import type { Where } from '../actions/request.ts'
import type { ResolvedStandings } from '../actions/resolve-standings.ts'
import type { Changed } from '../actions/ports/changes.ts'
import type { LiveStore } from '../actions/ports/live.ts'
import type { RankedList, RankIndex } from '../actions/ports/ranks.ts'
import type { TrendStore } from '../actions/ports/trends.ts'
import type { PlayerStore } from '../actions/ports/players.ts'
import type { Log } from '../log.ts'
import { formatSelector } from '../ranking/selector.ts'
import type { Broadcast } from './broadcast.ts'
import { createRooms, type Rooms } from './rooms.ts'
import { createWatches, type Watches } from './watches.ts'

export type { Broadcast, LiveClient } from './broadcast.ts'

/** What the socket edge may ask of live standings. */
export type Live = Pick<Rooms, 'join' | 'leave' | 'emptied'> & Omit<Watches, 'start' | 'stop'>

export interface LiveOptions {
  actions: Pick<Actions, 'lookup' | 'readAround'>
  resolve(where: Where): Promise<ResolvedStandings>
  resolveUnseen(where: Where): Promise<ResolvedStandings>
  index: RankIndex
  players: PlayerStore
  trends: Pick<TrendStore, 'of'>
  store: LiveStore
  watchLookupsPerSecond: number
  /** Epoch milliseconds: whether a period has ended. */
  now(): number
  log: Log
}

/** Live standings of this node: rooms, their publishers, and watches. Nothing runs before `start`. */
export function createLive(options: LiveOptions) {
  const { index, actions, log } = options
  // The Socket.IO server is made after its handlers: until then no client is in a room.
  const io: { broadcast: Broadcast; members: (room: string) => number } = {
    broadcast: { toRoom: () => {}, toLocal: () => {} },
    members: () => 0,
  }
  const rooms = createRooms({
    ...options,
    broadcast: {
      toRoom: (room, event, payload) => io.broadcast.toRoom(room, event, payload),
      toLocal: (room, event, payload) => io.broadcast.toLocal(room, event, payload),
    },
    members: (room) => io.members(room),
  })
  const {
    start: startWatches,
    stop: stopWatches,
    ...watches
  } = createWatches({
    actions,
    usable: () => index.usable(),
    lookupsPerSecond: options.watchLookupsPerSecond,
    log,
  })
  const live: Live = { join: rooms.join, leave: rooms.leave, emptied: rooms.emptied, ...watches }
  return {
    live,
    /** Reads again what was changed of things that rooms show. */
    drop(what: Changed | 'all'): void {
      if (what === 'all') {
        rooms.profilesChanged('all')
        rooms.begun('all')
        return
      }
      if (what.players) rooms.profilesChanged(new Set(what.players))
      if (what.begun) rooms.begun(what.begun)
    },
    restart: rooms.restart,
    /** Clients of this node that follow a standings list. */
    watchers: ({ board, standings }: RankedList) =>
      io.members(`${board.id}/${formatSelector(standings.type, standings.key)}`),
    start(broadcast: Broadcast, members: (room: string) => number) {
      Object.assign(io, { broadcast, members })
      rooms.start()
      startWatches()
    },
    async stop() {
      stopWatches()
      await rooms.stop()
    },
  }
}
