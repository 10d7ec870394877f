import type { Where } from '../actions/request.ts'
import type { ResolvedStandings } from '../actions/resolve-standings.ts'
import { hasEnded, roomName } from '../actions/live-room.ts'
import type { LiveStore, LiveView } from '../actions/ports/live.ts'
import type { RankIndex } from '../actions/ports/ranks.ts'
import type { TrendStore } from '../actions/ports/trends.ts'
import type { PlayerStore } from '../actions/ports/players.ts'
import type { Row } from '../contract/reads.ts'
import type { Log } from '../log.ts'
import { liveRooms } from '../metrics.ts'
import type { Broadcast } from './broadcast.ts'
import { createPublisher, type Publisher } from './publisher.ts'

export interface RoomsOptions {
  /** Resolves a selector now; rejects with the codes of the contract. */
  resolve(where: Where): Promise<ResolvedStandings>
  /** The same for standings without a player, from memory: `row` is null. */
  resolveUnseen(where: Where): Promise<ResolvedStandings>
  index: Pick<RankIndex, 'top' | 'usable'>
  players: Pick<PlayerStore, 'profiles'>
  trends: Pick<TrendStore, 'of'>
  store: LiveStore
  broadcast: Broadcast
  /** Clients of this node in a room. */
  members(room: string): number
  /** Epoch milliseconds: whether a period has ended. */
  now(): number
  log: Log
}

/** What a room shows, with the standings that it shows. */
export type ShownRoom = { named: ResolvedStandings; view: LiveView | null; rows: () => Row[] }

export interface LocalRoom {
  where: Where
  named: ResolvedStandings
  /** The number of the look-up that `named` is of. */
  resolved: number
  publisher: Publisher | null
  /** The newest epoch that its clients were shown. */
  seen: { epoch: number }
  /** Its standings, which had no row, is to be looked up. */
  due: boolean
  /** Its clients were told of the end, while there is no row. */
  over: boolean
  /** Joins under way. */
  joining: number
  reading: Promise<ShownRoom> | null
  head: { epoch: number; seq: number; total: number } | null
}

/** Whether its standings list has no player, and its clients were shown nothing else. */
export function isUnseen({ named, seen }: LocalRoom): boolean {
  return named.row === null && seen.epoch === 0
}

export type LocalRooms = ReturnType<typeof createLocalRooms>

/** The rooms that clients of this node are in, and those of them that it publishes. */
export function createLocalRooms(options: RoomsOptions) {
  const rooms = new Map<string, LocalRoom>()
  const endings = new Set<Promise<void>>()
  let resolves = 0
  let stopped = false

  /** A look-up that began later knows better. */
  const learn = (local: LocalRoom, named: ResolvedStandings, number: number): ResolvedStandings => {
    if (number >= local.resolved) Object.assign(local, { named, resolved: number })
    return local.named
  }
  const resolveAgain = async (local: LocalRoom): Promise<ResolvedStandings> => {
    const number = ++resolves
    return learn(local, await options.resolve(local.where), number)
  }
  const end = (publisher: Publisher) => {
    const ending = publisher.stop().finally(() => endings.delete(ending))
    endings.add(ending)
  }
  const forget = (name: string, local: LocalRoom) => {
    if (rooms.get(name) === local) rooms.delete(name)
    liveRooms.set(rooms.size)
  }

  return {
    all: (): [string, LocalRoom][] => [...rooms],
    get: (name: string) => rooms.get(name),
    isStopped: () => stopped,
    resolveAgain,
    forget,
    /** The room of what a client named, as it is now. */
    async find(where: Where): Promise<[name: string, local: LocalRoom]> {
      const number = ++resolves
      const named = await options.resolve(where)
      const name = roomName(named)
      const known = rooms.get(name)
      if (known) {
        learn(known, named, number)
        return [name, known]
      }
      const nobody = { publisher: null, seen: { epoch: 0 }, joining: 0, reading: null, head: null }
      const local: LocalRoom = {
        where: { leaderboard: named.board.id, standings: named.selector },
        named,
        resolved: number,
        due: false,
        over: hasEnded(named, options.now()),
        ...nobody,
      }
      rooms.set(name, local)
      liveRooms.set(rooms.size)
      return [name, local]
    },
    publish(local: LocalRoom): Publisher {
      const resolve = () => resolveAgain(local)
      const publisher = createPublisher(local.named, { ...options, seen: local.seen, resolve })
      local.publisher = publisher
      void publisher.ended.then(({ gone }) => {
        if (local.publisher !== publisher) return
        local.publisher = null
        if (gone) forget(roomName(local.named), local)
      })
      return publisher
    },
    /** Forgets a room without clients of this node. */
    close(name: string, local: LocalRoom) {
      if (rooms.get(name) !== local || local.joining > 0 || options.members(name) > 0) return
      forget(name, local)
      if (local.publisher !== null) end(local.publisher)
    },
    /** A leaderboard that was made again under its id has other rooms, of the same names: who is in them gets the new ones. */
    endStale(local: LocalRoom) {
      if (local.publisher === null || local.publisher.leaderboardNo === local.named.board.no) return
      end(local.publisher)
      local.publisher = null
    },
    /** A stop ends the publishers that there are: none may begin behind it. */
    async stop() {
      stopped = true
      await Promise.all([...rooms.values()].map(async (local) => local.publisher?.stop()))
      await Promise.all(endings)
    },
  }
}
