import WebSocket from 'ws'
import type { Load } from './recorder.ts'

export interface WatchJob {
  kind: 'watch'
  url: string
  watchers: number
  /** The room that each joins; null: the yardstick's server, which sends to whoever connects. */
  leaderboard: string | null
}

const connecting = 100
const delta = '42["standings:delta"'

/**
 * Watchers of one room as bare WebSockets that speak just enough Socket.IO (protocol 5 over engine.io 4) and count what
 * comes, so that a thousand of them cost little. A delivered delta is one operation.
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

function watch({ url, leaderboard }: WatchJob, delivered: (bytes: number) => void): Promise<WebSocket> {
  const path = leaderboard === null ? '/' : '/socket.io/?EIO=4&transport=websocket'
  const socket = new WebSocket(url.replace(/^http/, 'ws') + path)
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    if (leaderboard === null) socket.once('open', () => resolve(socket))
    socket.on('message', (data: Buffer) => {
      // The head of a message tells what it is; most are deltas, and are not decoded.
      const head = data.toString('latin1', 0, delta.length)
      if (head === delta) return delivered(data.length)
      if (head.startsWith('0')) return socket.send('40')
      if (head.startsWith('40')) return socket.send(`420["standings:join",${JSON.stringify({ leaderboard })}]`)
      if (head.startsWith('430')) {
        if (data.includes('"error":')) reject(new Error(data.toString()))
        resolve(socket)
      }
      return head.startsWith('2') && socket.send('3')
    })
  })
}
