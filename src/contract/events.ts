import { z } from 'zod'
import {
  aroundChangedSchema,
  closedSchema,
  deltaSchema,
  headSchema,
  joinedSchema,
  joinSchema,
  leaveSchema,
  rankChangedSchema,
  unwatchAroundSchema,
  watchAroundSchema,
  watchRankSchema,
} from './live.ts'
import { aroundSchema, pageSchema, placeSchema, socketPageSchema, socketRankSchema } from './reads.ts'
import { receiptSchema, socketSubmissionSchema } from './submission.ts'

/** A client's frames may have this many bytes; longer ones are refused in their ack. */
export const frameLimit = 16 * 1024
/** A longer frame closes its connection. */
export const frameCloseLimit = 64 * 1024

export interface ClientEvent {
  summary: string
  access: 'spectator' | 'player'
  payload: z.ZodType
  /** The `data` of the ack. */
  data: z.ZodType
}

const noData = z.object({})

/** What a client may send, each answered by an ack `{ data }` or `{ error }`. */
export const clientEvents = {
  'score:submit': {
    summary: 'Submit one score; the ack is sent after the commit',
    access: 'player',
    payload: socketSubmissionSchema,
    data: receiptSchema,
  },
  'standings:get': {
    summary: 'A page of standings, best first',
    access: 'spectator',
    payload: socketPageSchema,
    data: pageSchema,
  },
  'rank:get': {
    summary: "One player's place, by default one's own; rank null when not ranked yet",
    access: 'spectator',
    payload: socketRankSchema,
    data: placeSchema,
  },
  'standings:join': {
    summary: 'Enter a room: the list as it is, or the deltas since the position given; deltas follow',
    access: 'spectator',
    payload: joinSchema,
    data: joinedSchema,
  },
  'standings:leave': { summary: 'Leave a room', access: 'spectator', payload: leaveSchema, data: noData },
  'rank:watch': {
    summary: "Be told of a player's rank, by default one's own, at most once a second",
    access: 'spectator',
    payload: watchRankSchema,
    data: placeSchema,
  },
  'rank:unwatch': { summary: 'End a rank watch', access: 'spectator', payload: watchRankSchema, data: noData },
  'around:watch': {
    summary: 'Be told of the rows around a player, at most once a second',
    access: 'spectator',
    payload: watchAroundSchema,
    data: aroundSchema,
  },
  'around:unwatch': { summary: 'End an around watch', access: 'spectator', payload: unwatchAroundSchema, data: noData },
} as const satisfies Record<string, ClientEvent>

export const drainingSchema = z.object({ reconnectInMs: z.int() }).meta({ id: 'Draining' })

/** What the server sends by itself. */
export const serverEvents = {
  'server:draining': {
    summary: 'This node stops; connect again by yourself after that time',
    payload: drainingSchema,
  },
  'standings:delta': { summary: 'What changed in a room, as an edit script', payload: deltaSchema },
  'standings:head': {
    summary: "A room's position every few seconds, so that a lost delta is noticed",
    payload: headSchema,
  },
  'standings:reset': { summary: 'A new epoch began: replace what you hold', payload: joinedSchema },
  'standings:closed': { summary: 'The period ended; next follows it', payload: closedSchema },
  'rank:changed': { summary: 'A watched rank changed', payload: rankChangedSchema },
  'around:changed': { summary: 'The rows around a watched player changed', payload: aroundChangedSchema },
} as const satisfies Record<string, { summary: string; payload: z.ZodType }>

/** The server's events as socket.io types them. */
export type ServerEvents = {
  [Name in keyof typeof serverEvents]: (payload: z.output<(typeof serverEvents)[Name]['payload']>) => void
}
