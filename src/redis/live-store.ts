import type { LiveRoom, LiveStore, RoomSettings } from '../actions/ports/live.ts'
import type { RedisClient } from './client.ts'
import { liveKeys } from './keys.ts'
import type { Reply } from './scripts.ts'

/** Milliseconds that a publisher may be silent before another node takes its room. */
export const leaseMs = 3000
const keptMs = 3_600_000
const deltasKept = 200

/** Live views: what each room shows, its last deltas, and the lease of its publisher; one script call each. */
export function createLiveStore(redis: RedisClient): LiveStore {
  return {
    async take(room, held, seen) {
      const { lease, view } = keysOf(room)
      const epoch = await redis.rpLiveTake(2, lease, view, held ?? '', leaseMs, keptMs, seen)
      return epoch === '' ? null : Number(epoch)
    },

    async publish(room, { epoch, seq, total, sum, rows, settings }, delta) {
      const args = [epoch, seq, total, sum, rows, delta ?? '', deltasKept, leaseMs, keptMs, JSON.stringify(settings)]
      return (await redis.rpLivePublish(3, ...allKeys(room), ...args)) === 1
    },

    async renew(room, epoch, total) {
      return (await redis.rpLiveRenew(3, ...allKeys(room), epoch, total, leaseMs, keptMs)) === 1
    },

    async release(room, epoch) {
      await redis.rpLiveRenew(3, ...allKeys(room), epoch, 0, 0, keptMs)
    },

    async read(room) {
      const [leased, epoch, seq, total, sum, rows, settings, ...deltas] = await redis.rpLiveRead(3, ...allKeys(room))
      if (epoch === undefined) return { leased: leased === 1, view: null }
      const view = { epoch: Number(epoch), seq: Number(seq), total: Number(total), sum: Number(sum) }
      return {
        leased: leased === 1,
        view: {
          ...view,
          rows: String(rows),
          settings: JSON.parse(String(settings)) as RoomSettings | null,
          deltas: deltas.map(String),
        },
      }
    },

    async heads(rooms) {
      const byBoard = new Map<number, number[]>()
      rooms.forEach((room, at) => byBoard.set(room.leaderboardNo, [...(byBoard.get(room.leaderboardNo) ?? []), at]))
      const found: Awaited<ReturnType<LiveStore['heads']>> = []
      await Promise.all(
        [...byBoard.values()].map(async (list) => {
          const keys = list.flatMap((at) => [keysOf(rooms[at]!).lease, keysOf(rooms[at]!).view])
          const replies = await redis.rpLiveHeads(keys.length, ...keys)
          replies.forEach((reply, index) => (found[list[index]!] = toHead(reply)))
        }),
      )
      return found
    },
  }
}

function toHead([leased, epoch, seq, total]: Reply) {
  const head = epoch === undefined ? null : { epoch: Number(epoch), seq: Number(seq), total: Number(total) }
  return { leased: leased === 1, head }
}

function keysOf({ leaderboardNo, selector }: LiveRoom) {
  return liveKeys(leaderboardNo, selector)
}

function allKeys(room: LiveRoom): [string, string, string] {
  const { lease, view, log } = keysOf(room)
  return [lease, view, log]
}
