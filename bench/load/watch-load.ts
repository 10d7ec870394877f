import { WebSocket } from 'ws'
import { isError, openBareSocket } from './bare-socket.ts'
import type { Load } from './recorder.ts'

export interface WatchJob {
  kind: 'watch'
  url: string
  watchers: number
  /** What each of them asks for; null: the yardstick's server, which sends to whoever connects. */
  asks: { event: 'standings:join' | 'rank:watch'; leaderboard: string; ranks?: number; players?: number } | null
  /** They read nothing once they are in, and may be disconnected for it. */
  stalled?: boolean
}

const connecting = 100
const told = { 'standings:join': 'standings:delta', 'rank:watch': 'rank:changed' }

/** Watchers of one room, or of ranks of random players, that count what they are told: a message is one operation. */
export const watchLoad: Load<WatchJob> = async ({ url, watchers, asks, stalled = false }, recorder) => {
  const open: { close(): void }[] = []
  const receive = (bytes: number) => {
    recorder.done(0)
    recorder.received(bytes)
  }
  const onClose = () => stalled || recorder.fail('a watcher was disconnected')
  const connect = asks === null ? () => listen(url, receive) : () => watch(url, asks, receive, onClose, stalled)
  for (let from = 0; from < watchers; from += connecting) {
    const some = Array.from({ length: Math.min(connecting, watchers - from) }, connect)
    open.push(...(await Promise.all(some)))
  }
  return async () => open.forEach((one) => one.close())
}

async function watch(
  url: string,
  { event, leaderboard, ranks = 1, players }: NonNullable<WatchJob['asks']>,
  receive: (bytes: number) => void,
  onClose: () => void,
  stalled: boolean,
) {
  const socket = await openBareSocket({ url, token: null, told: { event: told[event], receive }, onClose })
  const ids = new Set<string | undefined>()
  while (ids.size < ranks) ids.add(players === undefined ? undefined : `p${1 + Math.floor(Math.random() * players)}`)
  const asked = [...ids].map(
    (playerId) =>
      new Promise<void>((resolve, reject) =>
        socket.request(event, { leaderboard, playerId }, (ack) => (isError(ack) ? reject(new Error(ack)) : resolve())),
      ),
  )
  await Promise.all(asked)
  if (stalled) socket.stall()
  return socket
}

function listen(url: string, receive: (bytes: number) => void): Promise<{ close(): void }> {
  const socket = new WebSocket(url.replace(/^http/, 'ws'))
  socket.on('message', (data: Buffer) => receive(data.length))
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.once('open', () => resolve({ close: () => socket.terminate() }))
  })
}
