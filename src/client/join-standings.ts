import type { Joined } from '../contract/live.ts'
import { backoff } from './backoff.ts'
import type { Connection } from './connection.ts'
import { toRankpulseError, type RankpulseError } from './error.ts'
import { follow, notJoined, positionOf, wakeAt, type RoomInput, type RoomMessage } from './follow-room.ts'
import { ackTimeoutMs } from './requests.ts'
import type { Member, Rooms } from './rooms.ts'
import { emptyView, nextView, selectorOf, type StandingsView } from './standings-view.ts'
import { tell } from './tell.ts'

export interface JoinRequest {
  leaderboard: string
  /** Such as `WEEKLY` (stays with the current one) or `WEEKLY:2026-W47`; left out: GLOBAL, else the first of the leaderboard's types. */
  standings?: string
}

export interface JoinedStandings {
  view(): StandingsView
  leave(): void
}

type Timer = ReturnType<typeof setTimeout>

const messages = {
  'standings:delta': 'delta',
  'standings:head': 'head',
  'standings:reset': 'reset',
  'standings:closed': 'closed',
} as const
const rejoinWithinMs = 500
const moveOnWithinMs = 2000
const pauses = { minMs: 500, maxMs: 20_000 }

/** Follows a room until `leave`, across reconnects and, without a key, from period to period. */
export function joinStandings(
  connection: Connection,
  rooms: Rooms,
  request: JoinRequest,
  onChange: (view: StandingsView) => void,
): JoinedStandings {
  const { leaderboard, standings } = request
  const movesOn = standings === undefined || !standings.includes(':')
  let state = notJoined()
  let error: RankpulseError | null = null
  let view = emptyView(leaderboard, standings)
  let shown = state.held
  let left = false
  /** Only the ack of the last join counts. */
  let joins = 0
  /** Joins and moves in a row that led nowhere. */
  let failures = 0
  let moves = 0
  let timers: { rejoin?: Timer | undefined; wake?: Timer | undefined; moveOn?: Timer | undefined } = {}

  const member: Member = {
    leaderboard,
    room: () => state.held?.room ?? null,
    isJoining: () => state.phase === 'joining',
  }

  function take(input: RoomInput): void {
    const before = state
    state = follow(before, input, performance.now())
    // A timer may fire a moment before its time: then it has to be set again.
    if (state === before && input.type !== 'time') return
    if (before.phase === 'joining' && state.phase === 'live') failures = 0
    plan()
    show()
  }

  function show(): void {
    const next = nextView(view, state, error)
    const isSame = next.state === view.state && next.next === view.next && next.error === view.error
    if (isSame && shown === state.held) return
    shown = state.held
    view = next
    // Who closed the client knows.
    if (error?.code !== 'CLOSED') tell(onChange, view)
  }

  /** Sets the timers that the state asks for. */
  function plan(): void {
    clearTimeout(timers.wake)
    const due = wakeAt(state)
    if (due !== null) timers.wake = setTimeout(() => take({ type: 'time' }), Math.max(0, due - performance.now()))
    const online = connection.state() === 'connected' && error === null
    if (state.phase !== 'lost' || !online) {
      clearTimeout(timers.rejoin)
      timers.rejoin = undefined
    } else timers.rejoin ??= setTimeout(() => void join(false), rejoinDelay())
    if (movesOn && state.closed && state.next !== null && online && state.phase === 'live')
      timers.moveOn ??= setTimeout(() => void join(true), Math.random() * moveOnWithinMs * 2 ** Math.min(moves, 4))
  }

  function rejoinDelay(): number {
    return failures === 0 ? Math.random() * rejoinWithinMs : backoff(failures, pauses)
  }

  async function join(toCurrent: boolean): Promise<void> {
    stopTimers()
    const number = ++joins
    const room = member.room()
    const again = room !== null && !toCurrent
    const selector = again ? selectorOf(room) : standings
    // With whatever else was asked for: the server names a misspelt field, here it would be lost.
    const payload = {
      ...request,
      ...(selector === undefined ? {} : { standings: selector }),
      ...(again ? positionOf(state) : null),
    }
    failures++
    if (toCurrent) moves++
    take({ type: 'join' })
    try {
      const data = await connection.send<Joined>('standings:join', payload, ackTimeoutMs)
      if (left) rooms.release(data.room)
      if (left || number !== joins) return
      take({ type: 'ack', data })
      if (room !== null && room !== data.room) {
        moves = 0
        rooms.release(room)
      }
    } catch (cause) {
      if (!left && number === joins) notAnswered(toRankpulseError(cause), toCurrent)
    } finally {
      rooms.settle()
    }
  }

  function notAnswered(cause: RankpulseError, toCurrent: boolean): void {
    const mayPass = cause.retryable || (cause.code === 'UNAUTHENTICATED' && connection.renewToken())
    // Where there is no current period the last one stays.
    if (!mayPass && !toCurrent) error = cause
    take({ type: 'lost' })
    if (mayPass && cause.retryAfterMs !== null && timers.rejoin !== undefined) {
      clearTimeout(timers.rejoin)
      timers.rejoin = setTimeout(() => void join(false), cause.retryAfterMs + rejoinDelay())
    }
  }

  function stopTimers(): void {
    for (const timer of Object.values(timers)) clearTimeout(timer)
    timers = {}
  }

  const unsubscribe = connection.subscribe({
    connected() {
      // Another connection may be let in where the last one was refused.
      error = null
      void join(false)
    },
    lost() {
      joins++
      stopTimers()
      take({ type: 'lost' })
    },
    message(event, payload) {
      if (!Object.hasOwn(messages, event)) return
      take({ type: messages[event as keyof typeof messages], data: payload } as RoomMessage)
    },
    changed: end,
  })

  /** A closed connection gives no more answers. */
  function end(): void {
    if (left || connection.state() !== 'closed') return
    error = connection.error()
    stopTimers()
    show()
  }

  rooms.enter(member)
  if (connection.state() === 'connected') void join(false)
  if (connection.state() === 'closed') queueMicrotask(end)

  return {
    view: () => view,
    leave() {
      if (left) return
      left = true
      stopTimers()
      unsubscribe()
      rooms.exit(member)
      const room = member.room()
      if (room !== null) rooms.release(room)
    },
  }
}
