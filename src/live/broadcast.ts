import type { Ending } from '../actions/live-room.ts'
import type { ServerEvents } from '../contract/events.ts'

type Send = <Event extends keyof ServerEvents>(
  room: string,
  event: Event,
  payload: Parameters<ServerEvents[Event]>[0],
) => void

/** How far a room is. */
export interface Position {
  epoch: number
  seq: number
  total: number
}

/** Messages to everybody in a room. */
export interface Broadcast {
  /** On every node. */
  toRoom: Send
  /** On this node. */
  toLocal: Send
}

/**
 * Tells a room that its period is over. The head has the period as it is now, and comes first, so that a client is never
 * closed with the end that was planned.
 */
export function tellEnd(send: Send, room: string, at: Position | null, { next, period }: Ending): void {
  if (at !== null) {
    const { epoch, seq, total } = at
    send(room, 'standings:head', { room, epoch, seq, total, next, period })
  }
  send(room, 'standings:closed', { room, next })
}

/** One connection, as live standings see it. */
export interface LiveClient {
  connected(): boolean
  /** Rooms it is in. */
  rooms(): ReadonlySet<string>
  enter(room: string): void
  leave(room: string): void
  send<Event extends keyof ServerEvents>(event: Event, payload: Parameters<ServerEvents[Event]>[0]): void
}
