import type { ConnectionState } from '../client/connection.ts'
import type { StandingsView } from '../client/standings-view.ts'

/** `away`: what is shown may be out of date. */
export type Tone = 'live' | 'waiting' | 'away'

export interface Status {
  tone: Tone
  label: string
  /** A sentence for a reader whose rows do not move. */
  detail: string | null
}

/** How things stand, in words. `list` is the state of the joined standings, null when none are. */
export function connectionStatus(now: {
  connection: ConnectionState
  /** Why there is no connection. */
  reason: string | null
  /** As the browser has it; it knows nothing of a server on this machine. */
  online: boolean
  list: StandingsView['state'] | null
}): Status {
  const { connection, reason, online, list } = now
  if (connection === 'closed') return { tone: 'away', label: 'Refused', detail: `The server refuses: ${reason}.` }
  if (connection !== 'connected') {
    if (!online)
      return { tone: 'away', label: 'Offline', detail: 'This device is offline. The page goes on when it is back.' }
    if (connection === 'reconnecting')
      return {
        tone: 'away',
        label: 'Reconnecting',
        detail: 'The connection was lost; trying again. The rows may be out of date.',
      }
    if (reason !== null)
      return { tone: 'away', label: 'Server away', detail: 'The server does not answer; trying again.' }
    return { tone: 'waiting', label: 'Connecting', detail: null }
  }
  if (list === 'joining' || list === 'resuming') return { tone: 'waiting', label: 'Catching up', detail: null }
  return { tone: 'live', label: list === 'live' ? 'Live' : 'Connected', detail: null }
}
