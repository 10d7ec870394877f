import type { ServerEvents } from '../contract/events.ts'

type Send = <Event extends keyof ServerEvents>(
  room: string,
  event: Event,
  payload: Parameters<ServerEvents[Event]>[0],
) => void

/** Messages to everybody in a room. */
export interface Broadcast {
  /** On every node. */
  toRoom: Send
  /** On this node. */
  toLocal: Send
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
