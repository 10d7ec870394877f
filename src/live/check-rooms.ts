import { endingOf, hasEnded, mayChange, roomKey } from '../actions/live-room.ts'
import type { LiveView } from '../actions/ports/live.ts'
import { AppError } from '../errors.ts'
import { sumOf } from '../ranking/list-sum.ts'
import { tellEnd } from './broadcast.ts'
import { isUnseen, type LocalRoom, type LocalRooms, type RoomsOptions } from './local-rooms.ts'

/** The view of a room whose standings list has no row: no server publishes it, and nothing of it is stored. */
export const nothing: LiveView = { epoch: 0, seq: 0, total: 0, sum: sumOf([]), rows: '[]', settings: null, deltas: [] }

type Options = Pick<RoomsOptions, 'resolveUnseen' | 'store' | 'broadcast' | 'now'>

/** Looks after the rooms of this node, once a second: heads, who publishes, and which rooms have something to show. */
export function createRoomChecks(rooms: LocalRooms, { resolveUnseen, store, broadcast, now }: Options) {
  let checks = 0

  const emitHead = (room: string, local: LocalRoom) => {
    const { named, head } = local
    const at = isUnseen(local) ? nothing : head
    if (at === null) return
    const time = now()
    const ending = hasEnded(named, time) ? endingOf(named, time) : {}
    const { epoch, seq, total } = at
    broadcast.toLocal(room, 'standings:head', { room, epoch, seq, total, ...ending })
  }
  const publishIfNobody = (name: string, local: LocalRoom) => {
    if (!rooms.isStopped() && local.publisher === null && rooms.get(name) === local) rooms.publish(local)
  }

  /** Looks for the row that was told of. */
  const begin = async (name: string, local: LocalRoom) => {
    local.due = false
    await rooms.resolveAgain(local).catch((error: unknown) => {
      local.due = true
      throw error
    })
    if (local.named.row !== null) publishIfNobody(name, local)
  }
  /** Asks Postgres for nothing unless a row was told of: rooms of whatever somebody names must cost next to nothing. */
  const checkUnseen = async (name: string, local: LocalRoom) => {
    try {
      if (local.due) return await begin(name, local)
      const named = await resolveUnseen(local.where)
      if (local.named.row !== null) return
      local.named = named
      const time = now()
      if (local.over || !hasEnded(named, time)) return
      local.over = true
      tellEnd(broadcast.toLocal, name, nothing, endingOf(named, time))
    } catch (error) {
      if (!isGone(error)) return
      tellEnd(broadcast.toLocal, name, nothing, { next: null, period: null })
      rooms.forget(name, local)
    }
  }
  const checkSeen = async (list: [string, LocalRoom][]) => {
    const heads = await store.heads(list.map(([, local]) => roomKey(local.named)))
    for (const [at, [name, local]] of list.entries()) {
      const { leased, head } = heads[at]!
      local.head = head
      // Redis has fallen back, and what is published is not what clients of this node go by.
      const isBehind = head !== null && head.epoch < local.seen.epoch
      if (head !== null && !isBehind) local.seen.epoch = head.epoch
      if (local.publisher !== null) continue
      // The publishing node sees what changes, others ask; a leaderboard may be gone, too.
      if (!leased || mayChange(local.named, now()))
        await rooms.resolveAgain(local).catch((error: unknown) => isGone(error) && rooms.forget(name, local))
      if (!leased || isBehind) publishIfNobody(name, local)
    }
  }

  return {
    async check() {
      const all = rooms.all()
      if (checks++ % 2 === 1) for (const [name, local] of all) emitHead(name, local)
      const unseen = all.filter(([, local]) => isUnseen(local))
      const seen = all.filter(([, local]) => !isUnseen(local))
      await Promise.all(unseen.map(([name, local]) => checkUnseen(name, local)))
      if (seen.length > 0) await checkSeen(seen)
    },
    /** Somebody got the first place in the standings of these rooms, or of any. */
    begun(names: string[] | 'all') {
      for (const [name, local] of names === 'all' ? rooms.all() : names.map((one) => [one, rooms.get(one)] as const))
        // One that fails is tried again at the next check.
        if (local?.named.row === null) begin(name, local).catch(() => {})
    },
  }
}

function isGone(error: unknown): boolean {
  return error instanceof AppError && error.code === 'NOT_FOUND'
}
