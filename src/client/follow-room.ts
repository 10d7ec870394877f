import type { Closed, Delta, Head, Joined } from '../contract/live.ts'
import { standingsStatuses } from '../ranking/status.ts'
import { applyDelta, type LiveRow } from '../ranking/delta.ts'
import { sumOf } from '../ranking/list-sum.ts'
import type { EarlierRanks } from '../ranking/trend.ts'

// How a client follows a room, as pure transitions. See docs/protocol.md, "Following a room".

const aheadMs = 1000
/** Heads come every 2-5 s: after this silence the room is no longer taken to be joined. */
const silenceMs = 20_000
/** A server that tells of nothing but older positions for this long has gone back: it lost what it told before. */
const behindMs = 3000
const keptMax = 1000

/** The list of a room at a position; its sum was right. */
export interface HeldList extends Omit<Joined, 'mode' | 'rows' | 'deltas' | 'sum'> {
  rows: LiveRow[]
  /** By which trends are told: of the players of the last snapshot, where the server knew them. */
  earlier: EarlierRanks
  /** Of the last delta applied. */
  at: string | null
}

export interface FollowState {
  held: HeldList | null
  /** `lost`: join (again), with `positionOf`; `joining`: the ack is awaited; `live`: `held` is what the server has. */
  phase: 'lost' | 'joining' | 'live'
  /** A sum was wrong, or the server went back: the next join has to be without a position. */
  distrusted: boolean
  /** Messages that wait for the ack. What came before its join it knows of. */
  kept: RoomMessage[]
  /** The first head that told of changes not seen yet, and when. */
  ahead: { epoch: number; seq: number; since: number } | null
  /** The last message that was not behind `held`. */
  heardAt: number
  /** The first one since then that was. */
  behindSince: number | null
  closed: boolean
  next: string | null
}

export type RoomMessage =
  | { type: 'delta'; data: Delta }
  | { type: 'head'; data: Head }
  | { type: 'reset'; data: Joined }
  | { type: 'closed'; data: Closed }

export type RoomInput =
  | RoomMessage
  /** A join was sent. */
  | { type: 'join' }
  | { type: 'ack'; data: Joined }
  /** The connection or the join came to nothing. */
  | { type: 'lost' }
  /** Time has passed; due at `wakeAt`. */
  | { type: 'time' }

/** Before the first join. */
export function notJoined(): FollowState {
  const nothing = { held: null, kept: [], ahead: null, behindSince: null, next: null }
  return { ...nothing, phase: 'lost', distrusted: false, heardAt: 0, closed: false }
}

/** The position to join with; null: without one. */
export function positionOf({ held, distrusted }: FollowState): { epoch: number; seq: number } | null {
  return held === null || distrusted ? null : { epoch: held.epoch, seq: held.seq }
}

/** When `{ type: 'time' }` is due, in the time of `now`. */
export function wakeAt({ phase, ahead, heardAt }: FollowState): number | null {
  if (phase !== 'live') return null
  return ahead === null ? heardAt + silenceMs : ahead.since + aheadMs
}

/** The state after one input. It keeps the same `held` exactly when there is nothing new to show. */
export function follow(state: FollowState, input: RoomInput, now: number): FollowState {
  if (input.type === 'join') return { ...state, phase: 'joining', kept: [], ahead: null, behindSince: null }
  if (input.type === 'lost') return { ...state, phase: 'lost', kept: [], ahead: null }
  if (input.type === 'time') {
    const due = wakeAt(state)
    return due !== null && due <= now ? { ...state, phase: 'lost', ahead: null } : state
  }
  return input.type === 'ack' ? onAck(state, input.data, now) : onMessage(state, input, now)
}

function onAck(state: FollowState, joined: Joined, now: number): FollowState {
  const { held, phase } = state
  if (joined.mode === 'snapshot') {
    // A snapshot may be behind the position sent, and counts. Behind a reset that came meanwhile it does not.
    if (phase !== 'joining' && held?.room === joined.room && compare(joined, held) <= 0) return state
    return replace(state, joined, now)
  }
  if (phase !== 'joining') return state
  if (held?.room !== joined.room || state.distrusted) return distrust(state)

  const { mode: _mode, rows: _rows, deltas = [], sum, epoch: _epoch, seq: _seq, ...described } = joined
  let next: FollowState = {
    ...state,
    phase: 'live',
    kept: [],
    heardAt: now,
    held: { ...held, ...described },
  }
  next = withPeriod({ ...next, closed: state.closed || hasEnded(joined) }, held.period, joined.period)
  for (const data of deltas) next = onMessage(next, { type: 'delta', data }, now)
  const reached = next.held
  if (reached === null || compare(reached, joined) !== 0 || sumOf(reached.rows, joined.decimals) !== sum)
    return distrust(state)
  next = { ...next, held: { ...reached, total: joined.total } }
  return treatKept(next, state.kept, now)
}

function onMessage(state: FollowState, message: RoomMessage, now: number): FollowState {
  const { held } = state
  if (held?.room !== message.data.room) return state.phase === 'joining' ? keep(state, message) : state
  if (message.type === 'closed') return ended(state, held, message.data)
  if (compare(message.data, held) < 0) return onBehind(state, held, message, now)
  const heard = { ...state, heardAt: now, behindSince: null }
  switch (message.type) {
    case 'head':
      return onHead(heard, held, message.data, now)
    case 'reset':
      return compare(message.data, held) > 0 ? replace(heard, message.data, now) : heard
    case 'delta':
      return onDelta(heard, held, message)
  }
}

function onBehind(
  state: FollowState,
  held: HeldList,
  message: Exclude<RoomMessage, { type: 'closed' }>,
  now: number,
): FollowState {
  // The list that is on its way may be further behind.
  if (state.phase === 'joining' && message.type !== 'head') return keep(state, message)
  const told = message.type === 'head' ? withEnd(state, held, message.data) : state
  if (state.phase !== 'live') return told
  const behindSince = state.behindSince ?? now
  return now - behindSince < behindMs ? { ...told, behindSince } : distrust(told)
}

function onHead(state: FollowState, held: HeldList, head: Head, now: number): FollowState {
  const told = withEnd(state, held, head)
  const order = compare(head, held)
  if (order === 0 && head.total !== held.total) return { ...told, held: { ...(told.held ?? held), total: head.total } }
  if (order <= 0 || state.phase !== 'live' || state.ahead !== null) return told
  return { ...told, ahead: { epoch: head.epoch, seq: head.seq, since: now } }
}

function onDelta(state: FollowState, held: HeldList, message: { type: 'delta'; data: Delta }): FollowState {
  const { epoch, seq, at, total, sum } = message.data
  if (compare(message.data, held) <= 0) return state
  if (state.phase !== 'live') return state.phase === 'joining' ? keep(state, message) : state
  if (epoch > held.epoch || seq > held.seq + 1) return { ...state, phase: 'lost', ahead: null }

  const rows = applyDelta(held.rows, message.data, held.limit)
  if (sumOf(rows, held.decimals) !== sum) return distrust(state)
  const reached = state.ahead !== null && compare(state.ahead, message.data) <= 0
  return { ...state, held: { ...held, epoch, seq, at, total, rows }, ahead: reached ? null : state.ahead }
}

/** Takes a snapshot in place of what is held. */
function replace(state: FollowState, joined: Joined, now: number): FollowState {
  const { mode: _mode, rows: shown = [], deltas: _deltas, sum, ...described } = joined
  const rows = shown.map(({ playerId, score, displayName, region = null }) => ({
    playerId,
    score,
    displayName,
    region,
  }))
  if (sumOf(rows, joined.decimals) !== sum) return distrust(state)

  const earlier = new Map(
    shown.flatMap(({ playerId, rank, trend }) => (typeof trend === 'number' ? [[playerId, rank + trend]] : [])),
  )
  const same = state.held?.room === joined.room
  const next: FollowState = {
    held: { ...described, rows, earlier, at: same ? (state.held?.at ?? null) : null },
    phase: 'live',
    distrusted: false,
    kept: [],
    ahead: null,
    heardAt: now,
    behindSince: null,
    closed: (same && state.closed) || hasEnded(joined),
    next: same ? state.next : null,
  }
  return treatKept(withPeriod(next, same ? state.held?.period : undefined, joined.period), state.kept, now)
}

function treatKept(state: FollowState, kept: RoomMessage[], now: number): FollowState {
  return kept.reduce((before, message) => onMessage(before, message, now), state)
}

function keep(state: FollowState, message: RoomMessage): FollowState {
  // What falls out is a gap like any other.
  return { ...state, kept: [...state.kept, message].slice(-keptMax) }
}

function distrust(state: FollowState): FollowState {
  return { ...state, phase: 'lost', distrusted: true, ahead: null }
}

/** That the period ended holds at any position. */
function withEnd(state: FollowState, held: HeldList, { next, period }: Head): FollowState {
  return next === undefined ? state : ended(state, held, { next, period })
}

function ended(
  state: FollowState,
  held: HeldList,
  { next, period }: Pick<Closed & Head, 'next' | 'period'>,
): FollowState {
  return withPeriod({ ...state, closed: true, next }, held.period, period)
}

/**
 * With the period as it was told (undefined: not this time). Like the room it does not open again, which a server that has
 * not heard of the end yet would have it.
 */
function withPeriod(state: FollowState, before: Joined['period'] | undefined, told: Joined['period'] | undefined) {
  const { held, closed } = state
  if (held === null) return state
  const [older, newer] = [before ?? null, told ?? null]
  const back = older !== null && newer !== null && stepOf(newer) < stepOf(older)
  let period = told === undefined || back ? older : newer
  if (closed && period?.status === 'OPEN') period = { ...period, status: 'CLOSING' }
  const { startsAt, endsAt, status } = held.period ?? {}
  const same = startsAt === period?.startsAt && endsAt === period?.endsAt && status === period?.status
  return same ? state : { ...state, held: { ...held, period } }
}

const stepOf = ({ status }: NonNullable<Joined['period']>) => standingsStatuses.indexOf(status)

function hasEnded({ period }: Joined): boolean {
  return period !== null && period.status !== 'OPEN'
}

function compare(a: { epoch: number; seq: number }, b: { epoch: number; seq: number }): number {
  return a.epoch - b.epoch || a.seq - b.seq
}
