import type { IncomingHttpHeaders } from 'node:http'
import { parseInput } from '../actions/parse-input.ts'
import { handshakeSchema } from '../contract/handshake.ts'
import { AppError } from '../errors.ts'

/**
 * The token of a handshake, `undefined` for a spectator. Throws VALIDATION for anything that would be ignored: who believes
 * to have sent a token must not become a spectator in silence.
 */
export function tokenOf(handshake: {
  auth: unknown
  query: unknown
  headers: IncomingHttpHeaders
}): string | undefined {
  const { auth, query, headers } = handshake
  const { token } = parseInput(handshakeSchema, { auth, query }).auth
  if (typeof token === 'string') return token
  if (token !== undefined && token !== null) throw new AppError('UNAUTHENTICATED', 'the token must be a string')
  // Others than Bearer are a proxy's business.
  if (/^bearer /i.test(headers.authorization ?? '')) {
    const message = 'is not looked at in a handshake: a token goes into auth: { token }'
    throw new AppError('VALIDATION', `the Authorization header ${message}`, {
      issues: [{ path: 'Authorization', message }],
    })
  }
  return undefined
}
