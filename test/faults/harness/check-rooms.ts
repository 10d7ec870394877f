import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from '../../../src/contract/reads.ts'
import { createClient, type StandingsView } from '../../../src/client/index.ts'
import type { Http } from './http.ts'
import type { Cluster } from './cluster.ts'
import type { Followed, Spectators } from './spectators.ts'

const pauseMs = 250
// Who joins only now needs a moment, whatever the lists took.
const joinMs = 5000

/**
 * Live rooms show the top of the list, to who has followed all along and to who joins now; the pages were compared with
 * the ledger before.
 */
export async function checkRooms({
  cluster,
  http,
  spectators,
  servedBy,
}: {
  cluster: Cluster
  http: Http
  spectators: Spectators
  servedBy: number
}): Promise<string[]> {
  const seats = spectators.views()
  const fresh = cluster.nodes.flatMap((node) =>
    node.url() === null ? [] : [{ node, client: createClient(node.url()!) }],
  )
  const late = fresh.flatMap(({ node, client }) =>
    [...new Set(seats.map(({ of }) => of))].map((of) => ({ node, of, joined: client.joinStandings(of, () => {}) })),
  )
  const all = [
    ...seats.map((seat) => ({ ...seat, who: 'who followed all along' })),
    ...late.map((seat) => ({ ...seat, who: 'who joined at the end' })),
  ]
  try {
    const giveUpAt = Math.max(servedBy, performance.now() + joinMs)
    for (;;) {
      const wrong: string[] = []
      for (const { node, of, joined, who } of all) {
        const found = await differs(http, node.url(), of, joined.view())
        if (found) wrong.push(`server ${node.number}, ${of.leaderboard}/${of.standings}, ${who}: ${found}`)
      }
      if (wrong.length === 0 || performance.now() > giveUpAt) return wrong
      await sleep(pauseMs)
    }
  } finally {
    fresh.forEach(({ client }) => client.close())
  }
}

async function differs(http: Http, url: string | null, of: Followed, view: StandingsView): Promise<string | null> {
  if (url === null) return 'the server is gone'
  if (view.state !== 'live')
    return `the view is ${view.state} ${view.error ? `(${view.error.code}: ${view.error.message})` : ''}`
  const path = `/v1/leaderboards/${of.leaderboard}/standings?standings=${view.standings}&limit=${view.limit}`
  const { status, body } = await http.send(url, 'GET', path)
  if (status !== 200) return `the page is answered with ${status}`
  const page = body as Page
  const text = (rows: readonly { playerId: string; score: number }[]) =>
    rows.map(({ playerId, score }) => `${playerId}=${score}`)
  const [seen, right] = [text(view.rows), text(page.rows)]
  if (view.total !== page.total) return `${view.total} are shown of ${page.total}`
  const at = right.findIndex((row, index) => row !== seen[index])
  if (seen.length === right.length && at === -1) return null
  return `${seen.length} rows, number ${at + 1} is ${seen[at]}; right are ${right.length}, and ${right[at]}`
}
