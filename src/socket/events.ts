import type { z } from 'zod'
import type { Actions } from '../actions/actions.ts'
import type { Where, Caller } from '../actions/request.ts'
import { selectorOf } from '../actions/resolve-standings.ts'
import { clientEvents } from '../contract/events.ts'
import type { Place } from '../contract/reads.ts'
import { AppError, toAppError } from '../errors.ts'
import type { Live, LiveClient } from '../live/live.ts'
import { countSubmissions } from '../metrics.ts'
import { formatSelector } from '../ranking/selector.ts'

type Events = typeof clientEvents
export type EventName = keyof Events
export type EventHandlers = {
  [Name in EventName]: (
    caller: Caller,
    payload: z.output<Events[Name]['payload']>,
    client: LiveClient,
  ) => Promise<z.output<Events[Name]['data']>>
}

/** The handlers of the client's events: each calls an action and returns the `data` of the ack. */
export function eventHandlers(
  actions: Actions,
  live: Live,
  limitSubmits: (caller: Caller, count: number) => Promise<void>,
): EventHandlers {
  const count = countSubmissions('socket')
  const placeOf = async (caller: Caller, where: Where, playerId: string): Promise<Place> => {
    try {
      return await actions.readPlace(caller, { playerId, ...where })
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'NOT_RANKED') throw error
      return unranked(actions, where, playerId)
    }
  }
  /** With the selector that is meant, so that a watch has one name however it is asked for. */
  const named = async ({ leaderboard, standings }: Where) => {
    const { type, key } = selectorOf((await actions.getLeaderboard(leaderboard)).types, standings)
    return { leaderboard, standings: formatSelector(type, key) }
  }
  /** The same where the leaderboard may be gone: then all of it is meant. */
  const namedOrGone = (where: Where): Promise<Where> =>
    named(where).catch((error: unknown) => {
      if (!(error instanceof AppError) || error.code !== 'NOT_FOUND') throw error
      return { leaderboard: where.leaderboard }
    })
  return {
    'score:submit': async (caller, { leaderboard, ...input }) => {
      try {
        await limitSubmits(caller, 1)
        const receipt = await actions.submitScore(caller, leaderboard, input)
        count(receipt)
        return receipt
      } catch (error) {
        count(toAppError(error))
        throw error
      }
    },
    'standings:get': async (_caller, where) => actions.readPage(where),
    'rank:get': async (caller, { playerId, ...where }) => placeOf(caller, where, idOf(caller, playerId)),

    'standings:join': async (_caller, { epoch, seq, ...where }, client) => live.join(client, where, { epoch, seq }),
    'standings:leave': async (_caller, { room }, client) => {
      live.leave(client, room)
      return {}
    },
    'rank:watch': async (caller, { playerId, ...rest }, client) => {
      const [id, where] = [idOf(caller, playerId), await named(rest)]
      return live.watchRank(client, where, id, () => placeOf(caller, where, id))
    },
    'rank:unwatch': async (caller, { playerId, ...where }, client) => {
      live.unwatchRank(client, await namedOrGone(where), idOf(caller, playerId))
      return {}
    },
    'around:watch': async (caller, { playerId, span, ...rest }, client) => {
      const [id, where] = [idOf(caller, playerId), await named(rest)]
      return live.watchAround(client, where, id, span)
    },
    'around:unwatch': async (caller, { playerId, ...where }, client) => {
      live.unwatchAround(client, await namedOrGone(where), idOf(caller, playerId))
      return {}
    },
  }
}

function idOf(caller: Caller, playerId: string | undefined): string {
  const id = playerId ?? caller.sub
  if (id === null) throw new AppError('VALIDATION', 'a spectator has to name a playerId')
  return id
}

// Who follows a rank wants to know of it before the first score, too.
async function unranked(actions: Actions, where: Where, playerId: string): Promise<Place> {
  const [page, displayName] = await Promise.all([
    actions.readPage({ ...where, limit: 1, offset: 0 }),
    actions.getProfile(playerId).then(
      (profile) => profile.displayName,
      () => playerId,
    ),
  ])
  const { leaderboard, standings, total, source, asOf } = page
  return {
    leaderboard,
    standings,
    playerId,
    displayName,
    rank: null,
    index: null,
    score: null,
    total,
    percentile: null,
    source,
    asOf,
  }
}
