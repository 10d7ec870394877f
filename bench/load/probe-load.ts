import { io, type Socket } from 'socket.io-client'
import type { Delta, Joined } from '../../src/contract/live.ts'
import type { Load } from './recorder.ts'

export interface ProbeJob {
  kind: 'probe'
  url: string
  token: string
  leaderboard: string
  /** Probes a second. */
  rate: number
  /** A score above all others of the board, whose operator is `sum`. */
  above: number
}

const players = 20

/** Time from sending a submission until a watcher on another connection sees it in a delta. */
export const probeLoad: Load<ProbeJob> = async (job, recorder) => {
  const [writer, watcher] = [await connect(job), await connect(job)]
  const joined = (await watcher.emitWithAck('standings:join', { leaderboard: job.leaderboard })) as { data: Joined }
  let epoch = joined.data.epoch
  const due = new Map<string, { score: number; at: number }>()
  watcher.on('standings:delta', (delta: Delta) => {
    for (const [, playerId, score] of delta.set) {
      const probe = due.get(playerId)
      if (probe === undefined || score < probe.score) continue
      due.delete(playerId)
      recorder.done(performance.now() - probe.at)
    }
  })
  watcher.on('standings:reset', (reset: Joined) => {
    if (reset.epoch > epoch) recorder.fail('a new epoch began')
    epoch = reset.epoch
  })
  let n = 0
  const timer = setInterval(() => {
    const playerId = `probe-${process.pid}-${n % players}`
    if (due.has(playerId)) return recorder.fail('a probe was not seen before its turn came again')
    // The first brings its player to the top, later ones add a point.
    const score = n < players ? job.above : 1
    due.set(playerId, { score: job.above + Math.floor(n / players), at: performance.now() })
    n++
    return writer.emit(
      'score:submit',
      { leaderboard: job.leaderboard, playerId, score },
      (answer: { error?: object }) => {
        if (answer.error) recorder.fail(JSON.stringify(answer.error))
      },
    )
  }, 1000 / job.rate)
  return async () => {
    clearInterval(timer)
    writer.disconnect()
    watcher.disconnect()
  }
}

function connect({ url, token }: ProbeJob): Promise<Socket> {
  const socket = io(url, { transports: ['websocket'], auth: { token }, forceNew: true, reconnection: false })
  return new Promise((resolve, reject) => {
    socket.once('connect', () => resolve(socket))
    socket.once('connect_error', reject)
  })
}
