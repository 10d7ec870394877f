import type { Where } from '../actions/request.ts'
import { decodeRows, earlierRanks, joinedSince, roomKey, shownRows } from '../actions/live-room.ts'
import type { Joined } from '../contract/live.ts'
import type { Row } from '../contract/reads.ts'
import { AppError } from '../errors.ts'
import type { LiveClient } from './broadcast.ts'
import { createRoomChecks, nothing } from './check-rooms.ts'
import { admit, createJoins, stopping, within } from './joins.ts'
import { createLocalRooms, isUnseen, type LocalRoom, type RoomsOptions, type ShownRoom } from './local-rooms.ts'

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
  /** Somebody got the first place in the standings of these rooms, or of any. */
  begun(names: string[] | 'all'): void
  /** Redis is another one, or was unreachable: positions begin again. */
  restart(): void
  start(): void
  stop(): Promise<void>
}

const checkMs = 1000
// Joins wait this long for the first view of a room.
const firstViewMs = 3000
const firstReadMs = 50
// A page that is loaded again should find its room as it left it.
const lingerMs = 3000

/** The rooms that clients of this node are in: joins, heads, and who publishes. */
export function createRooms(options: RoomsOptions): Rooms {
  const { store, log } = options
  const rooms = createLocalRooms(options)
  const { check, begun } = createRoomChecks(rooms, options)
  const joins = createJoins()
  let timer: NodeJS.Timeout | undefined

  /** Reads of one turn share a call; each began after its caller entered the room. */
  const read = (local: LocalRoom): Promise<ShownRoom> =>
    (local.reading ??= new Promise<void>((resume) => setImmediate(resume)).then(async () => {
      local.reading = null
      const of = local.named
      const [found, earlier] = await Promise.all([store.read(roomKey(of)), earlierRanks(options.trends, of)])
      // After the view: the period is as new as what is shown with it, however long the join waited.
      const named = await rooms.resolveAgain(local)
      // The leaderboard may have been deleted and defined again.
      const view = named.board.no === of.board.no ? found.view : null
      let rows: Row[] | undefined
      const shown = () =>
        (rows ??= view === null ? [] : shownRows({ ...named.board, ...view.settings }, decodeRows(view.rows), earlier))
      if (view !== null) local.seen.epoch = Math.max(local.seen.epoch, view.epoch)
      return { named, view, rows: shown }
    }))
  /** Resolves when some server publishes the room; rejects when none can. */
  const ensurePublished = async (local: LocalRoom): Promise<void> => {
    rooms.endStale(local)
    if (local.publisher === null && (await store.heads([roomKey(local.named)]))[0]?.leased) return
    if (rooms.isStopped()) throw stopping()
    await within((local.publisher ?? rooms.publish(local)).begun, firstViewMs)
  }
  /** Another node may have taken the lease this very moment, and not have shown anything yet. */
  const readFirst = async (local: LocalRoom): Promise<ShownRoom> => {
    for (let tries = 0; ; tries++) {
      const shown = await read(local)
      if (shown.view !== null || tries * firstReadMs > firstViewMs) return shown
      await new Promise((resume) => setTimeout(resume, firstReadMs))
    }
  }
  /** First in the room, then the state: a change in between comes both ways, and the position tells. */
  const enterAndRead = async (local: LocalRoom, enter: () => void): Promise<ShownRoom> => {
    for (;;) {
      const unseen = isUnseen(local)
      if (!unseen) await ensurePublished(local)
      enter()
      if (!unseen) return readFirst(local)
      const named = await rooms.resolveAgain(local)
      if (named.row === null) return { named, view: nothing, rows: () => [] }
    }
  }

  const loop = () => {
    timer = setTimeout(() => {
      check()
        .catch((err: unknown) => log.debug({ err }, 'heads could not be read'))
        .finally(() => rooms.isStopped() || loop())
    }, checkMs)
  }

  return {
    join: (client, where, position) =>
      joins.during(client, async (join) => {
        if (rooms.isStopped()) throw stopping()
        const [name, local] = await rooms.find(where)
        const wasInside = client.rooms().has(name)
        local.joining++
        try {
          admit(client, name)
          const { named, view, rows } = await enterAndRead(local, () => {
            admit(client, name)
            if (!join.left.has(name)) client.enter(name)
          })
          if (view === null) throw new AppError('UNAVAILABLE', 'there is no live view yet; try again shortly')
          joins.entered(client, name)
          return joinedSince(named, view, rows, position, options.now())
        } catch (error) {
          if (!wasInside && !join.entered.has(name)) client.leave(name)
          if (error instanceof AppError) throw error
          log.debug({ err: error, room: name }, 'a room could not be joined')
          throw new AppError('UNAVAILABLE', 'live standings need Redis, which does not answer; try again shortly')
        } finally {
          local.joining--
          rooms.close(name, local)
        }
      }),
    leave(client, room) {
      client.leave(room)
      joins.left(client, room)
    },
    emptied(room) {
      const local = rooms.get(room)
      if (local) setTimeout(() => rooms.close(room, local), lingerMs).unref()
    },
    profilesChanged: (ids) => rooms.all().forEach(([, local]) => local.publisher?.profilesChanged(ids)),
    begun,
    restart: () => rooms.all().forEach(([, local]) => local.publisher?.restart()),
    start: loop,
    async stop() {
      clearTimeout(timer)
      await rooms.stop()
    },
  }
}
