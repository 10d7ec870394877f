import { isError, openBareSocket, type BareSocket } from './bare-socket.ts'
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
  const { url, token, leaderboard } = job
  let stopped = false
  const onClose = () => stopped || recorder.fail('a socket was disconnected')
  const sockets = await Promise.all(
    Array.from({ length: job.connections }, () => openBareSocket({ url, token, onClose })),
  )
  const next = submissionMaker(job.operator, job.players)
  const submit = (socket: BareSocket, due: number, then: () => void) =>
    socket.request('score:submit', { leaderboard, ...next() }, (ack) => {
      recorder.done(performance.now() - due)
      if (isError(ack)) recorder.fail(ack)
      then()
    })

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
    for (const socket of sockets) socket.close()
  }
}

// Latency counts from the instant at which a submission was due, so that a stalled sender does not hide it.
function openLoop(
  rate: number,
  sockets: BareSocket[],
  submit: (socket: BareSocket, due: number) => void,
): NodeJS.Timeout {
  const started = performance.now()
  let sent = 0
  return setInterval(() => {
    for (let due = started; (due = started + (sent / rate) * 1000) <= performance.now(); sent++)
      submit(sockets[sent % sockets.length]!, due)
  }, 1)
}
