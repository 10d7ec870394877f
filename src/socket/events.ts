import type { z } from 'zod'
import type { Actions, Caller } from '../actions/actions.ts'
import { clientEvents } from '../contract/events.ts'
import type { Place } from '../contract/reads.ts'
import { AppError, toAppError } from '../errors.ts'
import { countSubmissions } from '../metrics.ts'

type Events = typeof clientEvents
export type EventName = keyof Events
export type EventHandlers = {
  [Name in EventName]: (
    caller: Caller,
    payload: z.output<Events[Name]['payload']>,
  ) => Promise<z.output<Events[Name]['data']>>
}

/** The handlers of the client's events: each calls an action and answers the `data` of the ack. */
export function eventHandlers(
  actions: Actions,
  limitSubmits: (caller: Caller, count: number) => Promise<void>,
): EventHandlers {
  const count = countSubmissions('socket')
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
    'rank:get': async (caller, { leaderboard, standings, playerId = caller.sub }) => {
      if (playerId === null) throw new AppError('VALIDATION', 'a spectator has to name a playerId')
      try {
        return await actions.readPlace(caller, { leaderboard, standings, playerId })
      } catch (error) {
        if (!(error instanceof AppError) || error.code !== 'NOT_RANKED') throw error
        return unranked(actions, { leaderboard, standings }, playerId)
      }
    },
  }
}

// Who follows a rank wants to know of it before the first score, too.
async function unranked(
  actions: Actions,
  where: { leaderboard: string; standings: string | undefined },
  playerId: string,
): Promise<Place> {
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
    score: null,
    total,
    percentile: null,
    source,
    asOf,
  }
}
