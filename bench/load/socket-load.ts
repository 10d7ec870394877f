import { io, type Socket } from 'socket.io-client'
import type { Load } from './recorder.ts'
import { submissionMaker } from './submissions.ts'

export interface SocketJob {
  kind: 'socket'
  url: string
  connections: number
  token: string
  leaderboard: string
  operator: 'best' | 'sum'
  players: number
  /** Submissions a second that arrive whether or not earlier ones are answered; null: one in flight on each socket. */
  rate: number | null
}

/** Submits over Socket.IO, WebSocket only. */
export const socketLoad: Load<SocketJob> = async (job, recorder) => {
  const sockets = await Promise.all(Array.from({ length: job.connections }, () => connect(job)))
  const next = submissionMaker(job.operator, job.players)
  let stopped = false
  const submit = (socket: Socket, due: number, then: () => void) =>
    socket.emit('score:submit', { leaderboard: job.leaderboard, ...next() }, (answer: { error?: { code: string } }) => {
      recorder.done(performance.now() - due)
      if (answer.error) recorder.fail(answer.error.code)
      then()
    })
  for (const socket of sockets)
    socket.on('disconnect', (reason) => stopped || recorder.fail(`a socket was disconnected: ${reason}`))

  const pacer =
    job.rate === null ? undefined : openLoop(job.rate, sockets, (socket, due) => submit(socket, due, () => {}))
  if (job.rate === null)
    for (const socket of sockets) {
      const loop = () => void (stopped || submit(socket, performance.now(), loop))
      loop()
    }
  return async () => {
    stopped = true
    clearInterval(pacer)
    for (const socket of sockets) socket.disconnect()
  }
}

// Latency counts from the instant at which a submission was due, so that a stalled sender does not hide it.
function openLoop(rate: number, sockets: Socket[], submit: (socket: Socket, due: number) => void): NodeJS.Timeout {
  const started = performance.now()
  let sent = 0
  return setInterval(() => {
    for (let due = started; (due = started + (sent / rate) * 1000) <= performance.now(); sent++)
      submit(sockets[sent % sockets.length]!, due)
  }, 1)
}

function connect({ url, token }: SocketJob): Promise<Socket> {
  const socket = io(url, { transports: ['websocket'], auth: { token }, forceNew: true, reconnection: false })
  return new Promise((resolve, reject) => {
    socket.once('connect', () => resolve(socket))
    socket.once('connect_error', reject)
  })
}
