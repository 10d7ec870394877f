import { z } from 'zod'

const own = z.unknown().optional()

/**
 * What a Socket.IO handshake brings along: `auth` has the token, and what socket.io adds when it recovers; the query has
 * only what engine.io puts there.
 */
export const handshakeSchema = z.object({
  auth: z.strictObject({ token: own, pid: own, offset: own }),
  query: z.strictObject({ EIO: own, transport: own, sid: own, t: own, b64: own, j: own }),
})
