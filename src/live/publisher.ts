import { setTimeout as sleep } from 'node:timers/promises'
import type { ResolvedStandings } from '../actions/resolve-standings.ts'
import {
  earlierRanks,
  encodeRows,
  endingOf,
  hasEnded,
  roomKey,
  roomName,
  shownRows,
  snapshotOf,
} from '../actions/live-room.ts'
import { isDeepStrictEqual } from 'node:util'
import type { LiveStore, RoomSettings } from '../actions/ports/live.ts'
import type { RankIndex, Top } from '../actions/ports/ranks.ts'
import type { TrendStore } from '../actions/ports/trends.ts'
import type { PlayerStore } from '../actions/ports/players.ts'
import type { Log } from '../log.ts'
import { deltasPublished, epochsBegun } from '../metrics.ts'
import { diffRows, setTuples, type LiveRow } from '../ranking/delta.ts'
import { sumOf } from '../ranking/list-sum.ts'
import { tellEnd, type Broadcast } from './broadcast.ts'

export interface PublisherOptions {
  /** The room's standings as it is now; rejects when its leaderboard is gone. */
  resolve(): Promise<ResolvedStandings>
  index: Pick<RankIndex, 'top' | 'usable'>
  players: Pick<PlayerStore, 'profiles'>
  trends: Pick<TrendStore, 'of'>
  store: LiveStore
  /** The newest epoch that any client was shown, whatever Redis has: raised here and by readers of heads. */
  seen: { epoch: number }
  broadcast: Broadcast
  /** Epoch milliseconds: whether a period has ended. */
  now(): number
  log: Log
}

/** Publishes one room: the only writer of its epoch. */
export interface Publisher {
  /** The number of the leaderboard whose room it is: one that is deleted and made again has another. */
  leaderboardNo: number
  /** Resolves when the room shows what this node published, or another node turned out to hold it. */
  begun: Promise<void>
  /**
   * Resolves when nothing is published any more: stopped, another node holds the room, or its leaderboard was made again.
   * `gone`: no server will publish it again.
   */
  ended: Promise<{ gone: boolean }>
  /** Begins a new epoch at the next tick: what Redis holds may have fallen back. */
  restart(): void
  profilesChanged(ids: ReadonlySet<string> | 'all'): void
  /** Gives the lease up; resolves when nothing is published any more. */
  stop(): Promise<void>
}

const renewMs = 1000
// Rooms tick at the same time, so that those of a leaderboard share calls, but not all of them.
const slots = 8

/** What this publisher showed last, under an epoch that it holds. */
interface Shown {
  epoch: number
  seq: number
  total: number
  revision: string
  rows: LiveRow[]
  /** A change of these begins a new epoch: clients got them with their snapshot. */
  settings: RoomSettings
}

export function createPublisher(first: ResolvedStandings, options: PublisherOptions): Publisher {
  const { index, players, store, seen, broadcast, log } = options
  const [room, key] = [roomName(first), roomKey(first)]
  let named = first
  const slot = Math.floor(Math.random() * slots)
  let resolvedAt = performance.now()
  let renewedAt = -renewMs
  let shown: Shown | null = null
  let held: number | null = null
  let over = hasEnded(first, options.now())
  // What the next tick has to do whatever the revision says. A tick takes it before it reads, and what comes while it reads
  // is for the tick after it.
  let due: 'nothing' | 'rows' | 'epoch' = 'nothing'
  let reading = false
  // Postgres did not answer for all names.
  let unnamed = false
  const stopping = new AbortController()

  const readTop = async (known: string | null): Promise<Top> =>
    named.row === null
      ? { total: 0, revision: 'unseen', entries: known === 'unseen' ? null : [] }
      : index.top({ board: named.board, standings: named.row }, named.board.liveLimit, known)
  const toRows = async (entries: { playerId: string; score: number }[]): Promise<LiveRow[]> => {
    const profiles = await players.profiles(entries.map((entry) => entry.playerId))
    unnamed = profiles.size < entries.length
    return entries.map(({ playerId, score }) => {
      const profile = profiles.get(playerId)
      return { playerId, score, displayName: profile?.displayName ?? playerId, region: profile?.region ?? null }
    })
  }

  const beginEpoch = async (): Promise<boolean> => {
    const epoch = await store.take(key, held, seen.epoch)
    if (epoch === null) return false
    held = epoch
    seen.epoch = Math.max(seen.epoch, epoch)
    const { total, revision, entries } = await readTop(null)
    const rows = await toRows(entries ?? [])
    const earlier = await earlierRanks(options.trends, named)
    const view = { epoch, seq: 0, total, sum: sumOf(rows) }
    const settings = settingsOf(named)
    if (!(await store.publish(key, { ...view, rows: encodeRows(rows), settings }, null))) return false
    shown = { epoch, seq: 0, total, revision, rows, settings }
    epochsBegun.inc()
    broadcast.toRoom(
      room,
      'standings:reset',
      snapshotOf(named, { ...view, settings }, shownRows(named.board, rows, earlier), options.now()),
    )
    return true
  }

  const publishChange = async (last: Shown, whole: boolean): Promise<boolean> => {
    const top = await readTop(whole ? null : last.revision)
    last.total = top.total
    if (top.entries === null) return true
    const rows = await toRows(top.entries)
    const { del, set } = diffRows(last.rows, rows, named.board.liveLimit)
    last.revision = top.revision
    if (del.length === 0 && set.length === 0 && rows.length === last.rows.length) return true
    const [epoch, seq, sum] = [last.epoch, last.seq + 1, sumOf(rows)]
    const at = new Date().toISOString()
    const delta = { room, epoch, seq, at, total: top.total, del, set: setTuples(set, named.board.decimals), sum }
    const stored = await store.publish(
      key,
      { epoch, seq, total: top.total, sum, rows: encodeRows(rows), settings: last.settings },
      JSON.stringify(delta),
    )
    if (!stored) return false
    shown = { ...last, seq, rows }
    deltasPublished.inc()
    broadcast.toRoom(room, 'standings:delta', delta)
    return true
  }

  /** False when this room is not for this publisher any more. */
  const tick = async (): Promise<boolean> => {
    const began = performance.now()
    if (began - resolvedAt >= renewMs) {
      const found = await options.resolve()
      // Made again under the same id: that is another room, of which somebody else has to tell.
      if (found.board.no !== first.board.no) return false
      named = found
      resolvedAt = began
    }
    const time = options.now()
    const wasOver = over
    over = hasEnded(named, time)
    if (over && !wasOver) tellEnd(broadcast.toRoom, room, shown, endingOf(named, time))
    if (!index.usable()) return true
    const asked = due
    due = 'nothing'
    reading = true
    if (shown === null || asked === 'epoch' || !isDeepStrictEqual(shown.settings, settingsOf(named)))
      return beginEpoch()
    const renews = began - renewedAt >= renewMs
    if (renews) {
      if (!(await store.renew(key, shown.epoch, shown.total))) return false
      renewedAt = began
    }
    return publishChange(shown, asked === 'rows' || (renews && unnamed))
  }

  const loop = async (settle: () => void): Promise<{ gone: boolean }> => {
    const { signal } = stopping
    let failures = 0
    let gone = false
    while (!signal.aborted && !gone) {
      try {
        if (!(await tick())) break
        failures = 0
        if (shown !== null) settle()
      } catch (error) {
        gone = isGone(error)
        if (gone && !signal.aborted) tellEnd(broadcast.toRoom, room, shown, { next: null, period: null })
        // We cannot know whether the write went through. Start a new epoch, so that no client holds a position we never recorded.
        shown = null
        if (!gone && failures++ === 0)
          log.warn({ err: error, room }, 'a room could not be published; it is tried again')
      } finally {
        reading = false
      }
      await sleep(untilTick(named.board.tickMs, slot), undefined, { signal }).catch(() => {})
    }
    settle()
    if (signal.aborted && held !== null) await store.release(key, held).catch(() => {})
    return { gone }
  }

  let ended = Promise.resolve({ gone: false })
  const begun = new Promise<void>((resolve) => {
    ended = loop(resolve)
  })
  return {
    leaderboardNo: first.board.no,
    begun,
    ended,
    restart: () => (due = 'epoch'),
    profilesChanged(ids) {
      // A player who is being read may not be among the rows yet.
      const concerned = reading || ids === 'all' || shown?.rows.some((row) => ids.has(row.playerId))
      if (concerned && due === 'nothing') due = 'rows'
    },
    async stop() {
      stopping.abort()
      await ended
    },
  }
}

const settingsOf = ({ board: { liveLimit, rankStyle } }: ResolvedStandings): RoomSettings => ({ liveLimit, rankStyle })

/** Milliseconds until the next tick of one of the `slots`. */
function untilTick(tickMs: number, slot: number): number {
  const left = tickMs - ((performance.now() + (slot * tickMs) / slots) % tickMs)
  // A timer may be early by a little.
  return left < 2 ? left + tickMs : left
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'NOT_FOUND'
}
