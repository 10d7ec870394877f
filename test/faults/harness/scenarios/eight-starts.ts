import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { createHttp } from '../http.ts'
import { startServer } from '../../../helpers/server.ts'
import { errorLines } from '../../../helpers/oracle/truth.ts'
import type { Scenario } from '../scenario.ts'

const servers = 8

export const eightStarts: Scenario = {
  name: 'eight-starts',
  about: 'eight servers start at once on an empty database',
  clients: { short: { perSecond: 20, readsPerSecond: 10 }, long: { perSecond: 20, readsPerSecond: 10 } },
  async run({ cluster, say, violation, figure }) {
    const database = await cluster.emptyDatabase()
    // A Redis database of its own: its keys name leaderboards by number.
    const env = { ...cluster.env, DATABASE_URL: database, REDIS_URL: cluster.env.REDIS_URL!.replace(/0$/, '1') }
    process.setMaxListeners(process.getMaxListeners() + servers) // each is taken along when this process ends
    say(`${servers} servers start`)
    const from = performance.now()
    const starts = await Promise.allSettled(Array.from({ length: servers }, () => startServer(env)))
    figure('all serve after', `${((performance.now() - from) / 1000).toFixed(1)} s`)
    const started = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []))
    for (const start of starts) if (start.status === 'rejected') violation(`a server did not start: ${start.reason}`)
    const http = createHttp(cluster.token, 30_000)
    // Eight processes that have just started may keep Postgres waiting for longer than a server does: it says to try again.
    const post = async (url: string, path: string, body: object) => {
      let answer = await http.send(url, 'POST', path, body)
      for (let again = 0; answer.status === 503 && again < 50; again++) {
        await sleep(200)
        answer = await http.send(url, 'POST', path, body)
      }
      return answer
    }
    try {
      const made = await Promise.all(
        started.map(({ url }) => post(url, '/v1/leaderboards', { id: 'fresh', operator: 'sum' })),
      )
      if (made.some(({ status }) => status > 201)) violation(`a leaderboard was not made: ${JSON.stringify(made)}`)
      for (const { url } of started) {
        const submission = { playerId: 'a', score: 1, submissionId: randomUUID() }
        const { status } = await post(url, '/v1/leaderboards/fresh/scores', submission)
        if (status !== 200) violation(`a server that started answers ${status}`)
      }
      for (const { url } of started) {
        const { body } = await http.send(url, 'GET', '/v1/leaderboards/fresh/players/a')
        const { rank, score } = body as { rank: number; score: number }
        if (rank !== 1 || score !== started.length) violation(`after ${started.length} points a server says ${score}`)
      }
    } finally {
      http.close()
      const codes = await Promise.all(started.map((server) => server.stop()))
      if (codes.some((code) => code !== 0)) violation(`exit codes ${codes.join()}`)
      for (const line of started.flatMap(({ logs }) => errorLines(logs))) violation(`error in a log: ${line}`)
    }
  },
}
