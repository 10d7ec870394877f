import { RankpulseError } from './error.ts'

/** A JWT, or a function that gives a valid one whenever a connection is made. */
export type TokenSource = string | (() => string | Promise<string>)

/** What the client reads from its own token, without verifying it: that is the server's part. */
export interface Claims {
  sub: string | null
  /** Milliseconds since 1970. */
  expiresAt: number | null
}

/** A token to connect with. Rejects with TOKEN_UNAVAILABLE, which is retryable, when the function fails. */
export async function readToken(source: TokenSource | undefined): Promise<string | undefined> {
  if (typeof source !== 'function') return source
  try {
    return await source()
  } catch (error) {
    throw new RankpulseError({ code: 'TOKEN_UNAVAILABLE', message: 'token() failed', retryable: true }, error)
  }
}

export function claimsOf(token: string | undefined): Claims {
  try {
    const body = (token?.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/')
    const { sub, exp } = JSON.parse(atob(body)) as { sub?: unknown; exp?: unknown }
    return {
      sub: typeof sub === 'string' ? sub : null,
      expiresAt: typeof exp === 'number' ? exp * 1000 : null,
    }
  } catch {
    // Not a JWT; the server will say so.
    return { sub: null, expiresAt: null }
  }
}

/**
 * In how many milliseconds to replace a token with `left` of its life: 10-60 s before it expires, but not before half of
 * what is left.
 */
export function renewIn(left: number, chance: number = Math.random()): number {
  return left - Math.min(10_000 + chance * 50_000, left / 2)
}
