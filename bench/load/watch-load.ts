import { WebSocket } from 'ws'
import type { Load } from './recorder.ts'

export interface WatchJob {
  kind: 'watch'
  url: string
  watchers: number
  /** What each of them asks for; null: the yardstick's server, which sends to whoever connects. */
  asks: { event: 'standings:join' | 'rank:watch'; leaderboard: string; ranks?: number; players?: number } | null
}

const connecting = 100
const told = { 'standings:join': '42["standings:delta"', 'rank:watch': '42["rank:changed"' }

/**
 * Watchers of one room, or of ranks of random players, as bare WebSockets that speak just enough Socket.IO (protocol 5 over engine.io 4) and count what
 * comes, so that a thousand of them cost little. A delivered message is one operation.
 */
export const watchLoad: Load<WatchJob> = async (job, recorder) => {
  const sockets: WebSocket[] = []
  let stopped = false
  for (let from = 0; from < job.watchers; from += connecting)
    sockets.push(
      ...(await Promise.all(
        Array.from({ length: Math.min(connecting, job.watchers - from) }, () =>
          watch(job, (bytes) => {
            recorder.done(0)
            recorder.received(bytes)
          }),
        ),
      )),
    )
  for (const socket of sockets) socket.on('close', () => stopped || recorder.fail('a watcher was disconnected'))
  return async () => {
    stopped = true
    for (const socket of sockets) socket.terminate()
  }
}

function watch({ url, asks }: WatchJob, delivered: (bytes: number) => void): Promise<WebSocket> {
  const path = asks === null ? '/' : '/socket.io/?EIO=4&transport=websocket'
  const socket = new WebSocket(url.replace(/^http/, 'ws') + path)
  const requests = asks === null ? [] : requestsOf(asks)
  const expected = asks === null ? null : told[asks.event]
  let unanswered = requests.length
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    if (asks === null) socket.once('open', () => resolve(socket))
    socket.on('message', (data: Buffer) => {
      if (expected === null) return delivered(data.length)
      // The head of a message tells what it is; most are counted, and not decoded.
      const head = data.toString('latin1', 0, expected.length)
      if (head === expected) return delivered(data.length)
      if (head.startsWith('0')) return socket.send('40')
      if (head.startsWith('40')) return requests.forEach((request) => socket.send(request))
      if (head.startsWith('43')) {
        if (data.includes('{"error":')) reject(new Error(data.toString()))
        if (--unanswered === 0) resolve(socket)
      }
      return head.startsWith('2') && socket.send('3')
    })
  })
}

function requestsOf({ event, leaderboard, ranks = 1, players }: NonNullable<WatchJob['asks']>): string[] {
  const some = new Set<string | undefined>()
  while (some.size < ranks) some.add(players === undefined ? undefined : `p${1 + Math.floor(Math.random() * players)}`)
  return [...some].map((playerId, ack) => `42${ack}${JSON.stringify([event, { leaderboard, playerId }])}`)
}
