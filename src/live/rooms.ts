import type { Where } from '../actions/actions.ts'
import type { Named } from '../actions/board-of.ts'
import {
  decodeRows,
  earlierRanks,
  endingOf,
  hasEnded,
  joinedSince,
  mayChange,
  roomKey,
  roomName,
  shownRows,
} from '../actions/live-room.ts'
import type { LiveStore } from '../actions/live-ports.ts'
import type { PlayerStore, RankIndex, TrendStore } from '../actions/ports.ts'
import type { Joined } from '../contract/live.ts'
import type { Row } from '../contract/reads.ts'
import { AppError } from '../errors.ts'
import type { Log } from '../log.ts'
import { liveRooms } from '../metrics.ts'
import type { Broadcast, LiveClient } from './broadcast.ts'
import { admit, createJoins, stopping, within } from './joins.ts'
import { createPublisher, type Publisher } from './publisher.ts'

export interface RoomsOptions {
  /** Resolves a selector now; rejects with the codes of the contract. */
  resolve(where: Where): Promise<Named>
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

export interface Rooms {
  join(
    client: LiveClient,
    where: Where,
    position: { epoch?: number | undefined; seq?: number | undefined },
  ): Promise<Joined>
  leave(client: LiveClient, room: string): void
  /** The last client of this node left a room. */
  emptied(room: string): void
  profilesChanged(ids: ReadonlySet<string> | 'all'): void
  /** Redis is another one, or was away: positions begin anew. */
  restart(): void
  start(): void
  stop(): Promise<void>
}

interface LocalRoom {
  where: Where
  named: Named
  /** The number of the look-up that `named` is of. */
  resolved: number
  publisher: Publisher | null
  /** Joins under way. */
  joining: number
  reading: Promise<Shown> | null
  head: { epoch: number; seq: number; total: number } | null
}

type Shown = { named: Named; view: Awaited<ReturnType<LiveStore['read']>>['view']; rows: () => Row[] }

const checkMs = 1000
// Joins wait this long for the first view of a room.
const firstViewMs = 3000
const firstReadMs = 50
// A page that is loaded again should find its room as it left it.
const lingerMs = 3000

/** The rooms that clients of this node are in: joins, heads, and who publishes. */
export function createRooms(options: RoomsOptions): Rooms {
  const { resolve, store, broadcast, members, log } = options
  const rooms = new Map<string, LocalRoom>()
  const endings = new Set<Promise<void>>()
  const joins = createJoins()
  let resolves = 0
  let timer: NodeJS.Timeout | undefined
  let checks = 0
  let stopped = false

  const publish = (local: LocalRoom): Publisher => {
    const publisher = createPublisher(local.named, { ...options, resolve: () => resolveAgain(local) })
    local.publisher = publisher
    void publisher.ended.then(({ gone }) => {
      if (local.publisher !== publisher) return
      local.publisher = null
      if (gone) forget(roomName(local.named), local)
    })
    return publisher
  }
  const resolveAgain = async (local: LocalRoom, number = ++resolves): Promise<Named> =>
    learn(local, await resolve(local.where), number)
  /** A look-up that began later knows better. */
  const learn = (local: LocalRoom, named: Named, number: number): Named => {
    if (number >= local.resolved) Object.assign(local, { named, resolved: number })
    return local.named
  }

  const localRoom = (named: Named): LocalRoom => {
    const name = roomName(named)
    const known = rooms.get(name)
    if (known) return known
    const where = { leaderboard: named.board.id, standings: named.selector }
    const local: LocalRoom = { where, named, resolved: 0, publisher: null, joining: 0, reading: null, head: null }
    rooms.set(name, local)
    liveRooms.set(rooms.size)
    return local
  }
  const forget = (name: string, local: LocalRoom) => {
    if (rooms.get(name) === local) rooms.delete(name)
    liveRooms.set(rooms.size)
  }
  const close = (name: string, local: LocalRoom) => {
    if (rooms.get(name) !== local || local.joining > 0 || members(name) > 0) return
    forget(name, local)
    if (local.publisher !== null) end(local.publisher)
  }
  const end = (publisher: Publisher) => {
    const ending = publisher.stop().finally(() => endings.delete(ending))
    endings.add(ending)
  }
  /** A leaderboard that was made again under its id has other rooms, of the same names: who is in them gets the new ones. */
  const endStale = (local: LocalRoom) => {
    if (local.publisher === null || local.publisher.leaderboardNo === local.named.board.no) return
    end(local.publisher)
    local.publisher = null
  }

  /** Reads of one turn share a call; each began after its caller entered the room. */
  const read = (local: LocalRoom): Promise<Shown> =>
    (local.reading ??= new Promise<void>((resume) => setImmediate(resume)).then(async () => {
      local.reading = null
      const of = local.named
      const [found, earlier] = await Promise.all([store.read(roomKey(of)), earlierRanks(options.trends, of)])
      // After the view: settings and period are as new as what is shown with them, however long the join waited.
      const named = await resolveAgain(local)
      // The leaderboard may have been deleted and defined again.
      const view = named.board.no === of.board.no ? found.view : null
      let rows: Row[] | undefined
      const shown = () => (rows ??= view === null ? [] : shownRows(named.board, decodeRows(view.rows), earlier))
      return { named, view, rows: shown }
    }))
  /** Resolves when somebody publishes the room; rejects when nobody can. */
  const ensurePublished = async (local: LocalRoom): Promise<void> => {
    endStale(local)
    if (local.publisher === null && (await store.heads([roomKey(local.named)]))[0]?.leased) return
    // A stop ends the publishers that there are: none may begin behind it.
    if (stopped) throw stopping()
    local.publisher ??= publish(local)
    await within(local.publisher.begun, firstViewMs)
  }
  /** Another node may have taken the lease this very moment, and not have shown anything yet. */
  const readFirst = async (local: LocalRoom): Promise<Shown> => {
    for (let tries = 0; ; tries++) {
      const shown = await read(local)
      if (shown.view !== null || tries * firstReadMs > firstViewMs) return shown
      await new Promise((resume) => setTimeout(resume, firstReadMs))
    }
  }

  const check = async () => {
    const list = [...rooms]
    if (list.length === 0) return
    const emit = checks++ % 2 === 1
    if (emit)
      for (const [room, { head, named }] of list)
        if (head !== null) {
          const now = options.now()
          const ending = hasEnded(named, now) ? endingOf(named, now) : {}
          broadcast.toLocal(room, 'standings:head', { room, ...head, ...ending })
        }
    const heads = await store.heads(list.map(([, local]) => roomKey(local.named)))
    for (const [at, [name, local]] of list.entries()) {
      const { leased, head } = heads[at]!
      local.head = head
      if (local.publisher !== null) continue
      // The publishing node sees what changes, others ask; a leaderboard may be gone, too.
      if (!leased || mayChange(local.named, options.now()))
        await resolveAgain(local).catch((error: unknown) => {
          if (error instanceof AppError && error.code === 'NOT_FOUND') forget(name, local)
        })
      if (!leased && !stopped && local.publisher === null && rooms.get(name) === local) publish(local)
    }
  }
  const loop = () => {
    timer = setTimeout(() => {
      check()
        .catch((err: unknown) => log.debug({ err }, 'heads could not be read'))
        .finally(() => stopped || loop())
    }, checkMs)
  }

  return {
    join: (client, where, position) =>
      joins.during(client, async (join) => {
        if (stopped) throw stopping()
        const number = ++resolves
        const named = await resolve(where)
        const name = roomName(named)
        const wasInside = client.rooms().has(name)
        const local = localRoom(named)
        learn(local, named, number)
        local.joining++
        try {
          admit(client, name)
          await ensurePublished(local)
          admit(client, name)
          // First in the room, then the state: a change in between comes both ways, and the position tells.
          if (!join.left.has(name)) client.enter(name)
          const { named: now, view, rows } = await readFirst(local)
          if (view === null) throw new AppError('UNAVAILABLE', 'there is no live view yet; try again shortly')
          joins.entered(client, name)
          return joinedSince(now, view, rows, position, options.now())
        } catch (error) {
          if (!wasInside && !join.entered.has(name)) client.leave(name)
          if (error instanceof AppError) throw error
          log.debug({ err: error, room: name }, 'a room could not be joined')
          throw new AppError('UNAVAILABLE', 'live standings need Redis, which does not answer; try again shortly')
        } finally {
          local.joining--
          close(name, local)
        }
      }),
    leave(client, room) {
      client.leave(room)
      joins.left(client, room)
    },
    emptied(room) {
      const local = rooms.get(room)
      if (local) setTimeout(() => close(room, local), lingerMs).unref()
    },
    profilesChanged: (ids) => rooms.forEach((local) => local.publisher?.profilesChanged(ids)),
    restart: () => rooms.forEach((local) => local.publisher?.restart()),
    start: loop,
    async stop() {
      stopped = true
      clearTimeout(timer)
      await Promise.all([...rooms.values()].map(async (local) => local.publisher?.stop()))
      await Promise.all(endings)
    },
  }
}
