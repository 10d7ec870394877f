import type { Actions } from '../actions/actions.ts'
import type { Caller } from '../actions/request.ts'
import { parseInput } from '../actions/parse-input.ts'
import { clientEvents, frameLimit } from '../contract/events.ts'
import { roleSuffices, type Session } from '../contract/roles.ts'
import { AppError, toAckError, toAppError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Live, LiveClient } from '../live/live.ts'
import { framesRefused, socketEventSeconds } from '../metrics.ts'
import { eventHandlers, type EventName } from './events.ts'
import { refusedFrames } from './frames.ts'

const inFlightMax = 256

type Ack = (answer: unknown) => void
type AnyHandler = (caller: Caller, payload: unknown, client: LiveClient) => Promise<unknown>

/** What the dispatcher keeps for each socket. */
export interface SocketState {
  session: Session
  client: LiveClient
  inFlight: number
}

export interface Dispatcher {
  /** Takes one event of a socket with everything the client sent along; never throws. */
  dispatch(state: SocketState, event: unknown, args: unknown[]): void
  /** Events that wait for their answer. */
  pending: () => number
}

/** Turns events into actions, and results and errors into acks `{ data }` or `{ error }`. */
export function createDispatcher(options: {
  actions: Actions
  live: Live
  limitSubmits: (caller: Caller, count: number) => Promise<void>
  log: Log
}): Dispatcher {
  const handlers = eventHandlers(options.actions, options.live, options.limitSubmits)
  let pending = 0

  async function run(state: SocketState, event: EventName, payload: unknown): Promise<unknown> {
    const { access, payload: schema } = clientEvents[event]
    const { session } = state
    if (session.exp * 1000 <= Date.now()) throw new AppError('UNAUTHENTICATED', 'the token has expired')
    if (access !== 'spectator' && !roleSuffices(session.role, access))
      throw new AppError('UNAUTHENTICATED', `this needs a token with the role ${access}`)
    return await (handlers[event] as AnyHandler)(session, parseInput(schema, payload), state.client)
  }

  async function answer(state: SocketState, event: EventName, payload: unknown, ack: Ack | undefined): Promise<void> {
    const start = performance.now()
    let outcome = 'ok'
    state.inFlight++
    pending++
    try {
      const data = await run(state, event, payload)
      ack?.({ data })
    } catch (error) {
      const appError = toAppError(error)
      outcome = appError.code
      if (outcome === 'INTERNAL') options.log.error({ err: appError.cause ?? appError, event }, 'socket event failed')
      ack?.({ error: toAckError(appError) })
    } finally {
      state.inFlight--
      pending--
      socketEventSeconds({ event, outcome })((performance.now() - start) / 1000)
    }
  }

  return {
    dispatch(state, event, args) {
      const last = args.at(-1)
      const ack = typeof last === 'function' ? (last as Ack) : undefined
      const refuse = (reason: string, error: AppError) => {
        framesRefused.inc({ reason })
        ack?.({ error: toAckError(error) })
      }
      if (event === refusedFrames.tooLarge)
        return ack?.({
          error: toAckError(
            new AppError('PAYLOAD_TOO_LARGE', `the frame is larger than the limit of ${frameLimit} bytes`),
          ),
        })
      if (event === refusedFrames.binary)
        return ack?.({ error: toAckError(new AppError('VALIDATION', 'no event takes binary data')) })
      if (!isEventName(event)) return refuse('unknown-event', new AppError('VALIDATION', 'there is no such event'))
      if (args.length > (ack === undefined ? 1 : 2))
        return refuse('arguments', new AppError('VALIDATION', 'an event takes one payload, and nothing after it'))
      // A read without an ack to answer is not worth its work; a submission is.
      if (ack === undefined) framesRefused.inc({ reason: 'no-ack' })
      if (ack === undefined && event !== 'score:submit') return undefined
      if (state.inFlight >= inFlightMax)
        return refuse(
          'in-flight',
          new AppError('OVERLOADED', `${inFlightMax} requests of this connection wait already`),
        )
      void answer(state, event, args[0] === ack ? undefined : args[0], ack)
    },
    pending: () => pending,
  }
}

function isEventName(event: unknown): event is EventName {
  return typeof event === 'string' && Object.hasOwn(clientEvents, event)
}
