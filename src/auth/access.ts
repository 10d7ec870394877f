import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import type { Caller } from '../actions/request.ts'
import { spectator, type Role, type Session } from '../contract/roles.ts'
import { AppError } from '../errors.ts'

export type VerifyToken = (token: string) => Promise<{ sub: string; role: Role; exp: number }>

/** Who may come in and how often, for both edges. */
export interface Access {
  /** The session of a token; none is a spectator. Rejects with UNAUTHENTICATED. */
  authenticate: (token: string | undefined) => Promise<Session>
  /** Counts submissions of a player. Rejects with RATE_LIMITED. */
  limitSubmits: (caller: Caller, count: number) => Promise<void>
}

export function createAccess(options: {
  verifyToken: VerifyToken
  allowSpectators: boolean
  /** For each player, over both edges; 0: no limit. */
  playerSubmitsPerSecond: number
}): Access {
  const { verifyToken, allowSpectators, playerSubmitsPerSecond: perSecond } = options
  const limiter = perSecond > 0 ? new RateLimiterMemory({ points: perSecond, duration: 1 }) : undefined

  const withoutToken = async () => {
    if (allowSpectators) return spectator
    throw new AppError('UNAUTHENTICATED', 'this server needs a token')
  }

  return {
    authenticate: (token) => (token === undefined ? withoutToken() : verifyToken(token)),
    async limitSubmits({ sub, role }, count) {
      if (limiter === undefined || role !== 'player' || sub === null) return
      try {
        await limiter.consume(sub, count)
      } catch (refused) {
        if (!(refused instanceof RateLimiterRes)) throw refused
        const detail = `a player may submit ${perSecond} scores a second, each of a batch counted`
        throw new AppError('RATE_LIMITED', detail, { retryAfterMs: Math.max(1, refused.msBeforeNext) })
      }
    },
  }
}
