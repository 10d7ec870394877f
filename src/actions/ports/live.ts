import type { Leaderboard } from '../../ranking/leaderboard.ts'

/** A live room: one standings of a leaderboard, whether or not anybody has a place in it yet. */
export interface LiveRoom {
  leaderboardNo: number
  selector: string
}

/** What a change of begins a new epoch. */
export type RoomSettings = Pick<Leaderboard, 'liveLimit' | 'rankStyle'>

/** What a room shows: `rows` and `deltas` as their publisher wrote them. */
export interface LiveView {
  epoch: number
  seq: number
  total: number
  sum: number
  rows: string
  /** Of the leaderboard when the epoch began; null in a view that an older server wrote. */
  settings: RoomSettings | null
  /** The last deltas of this epoch, oldest first, ending at `seq`. */
  deltas: string[]
}

/** Live views in Redis, each written by the one node that holds its lease. Rejects when Redis does not answer. */
export interface LiveStore {
  /**
   * Takes the lease, which begins a new epoch, greater than all that are known; null when another node holds it. `held`: the
   * caller's last; `seen`: the newest that anybody showed it (0: none), which Redis may have forgotten.
   */
  take(room: LiveRoom, held: number | null, seen: number): Promise<number | null>
  /** Stores the next position; `delta` null begins the epoch. False when a newer epoch has begun, or seq is not next. */
  publish(room: LiveRoom, view: Omit<LiveView, 'deltas'>, delta: string | null): Promise<boolean>
  /** False when a newer epoch has begun. */
  renew(room: LiveRoom, epoch: number, total: number): Promise<boolean>
  release(room: LiveRoom, epoch: number): Promise<void>
  /** `leased`: whether some node publishes. */
  read(room: LiveRoom): Promise<{ leased: boolean; view: LiveView | null }>
  heads(rooms: LiveRoom[]): Promise<{ leased: boolean; head: Pick<LiveView, 'epoch' | 'seq' | 'total'> | null }[]>
}
