import { z } from 'zod'
import { pageSchema, placeSchema, socketPageSchema, socketRankSchema } from './reads.ts'
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
} as const satisfies Record<string, ClientEvent>

export const drainingSchema = z.object({ reconnectInMs: z.int() }).meta({ id: 'Draining' })

/** What the server sends by itself. */
export const serverEvents = {
  'server:draining': {
    summary: 'This node stops; connect again by yourself after that time',
    payload: drainingSchema,
  },
} as const satisfies Record<string, { summary: string; payload: z.ZodType }>

/** The server's events as socket.io types them. */
export type ServerEvents = {
  [Name in keyof typeof serverEvents]: (payload: z.output<(typeof serverEvents)[Name]['payload']>) => void
}
