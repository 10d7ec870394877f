import { createClient, type JoinedStandings, type RankpulseClient } from '../../../src/client/index.ts'
import type { Node } from './node.ts'

export interface Followed {
  leaderboard: string
  standings: string
}

/** One spectator a server, with the client SDK, in the same rooms; a new one when the server comes back elsewhere. */
export interface Spectators {
  views(): { node: Node; of: Followed; joined: JoinedStandings }[]
  stop(): void
}

interface Seat {
  url: string
  client: RankpulseClient
  joined: Map<string, JoinedStandings>
}

const lookMs = 500

/** `follow`: the rooms, which all exist. One that refuses or closes, since its leaderboard is
 * deleted and made again, is joined again. */
export function startSpectators(nodes: readonly Node[], follow: readonly Followed[]): Spectators {
  const seats = new Map<Node, Seat>()
  const keyOf = ({ leaderboard, standings }: Followed) => `${leaderboard}/${standings}`
  const look = () => {
    for (const node of nodes) {
      const url = node.url()
      let seat = seats.get(node)
      if (seat && seat.url !== url) {
        seat.client.close()
        seats.delete(node)
        seat = undefined
      }
      if (url === null) continue
      if (!seat) seats.set(node, (seat = { url, client: createClient(url), joined: new Map() }))
      for (const of of follow) {
        const before = seat.joined.get(keyOf(of))
        if (before && !['refused', 'closed'].includes(before.view().state)) continue
        before?.leave()
        seat.joined.set(
          keyOf(of),
          seat.client.joinStandings(of, () => {}),
        )
      }
    }
  }
  look()
  const timer = setInterval(look, lookMs)
  return {
    views: () =>
      [...seats].flatMap(([node, { joined }]) => follow.map((of) => ({ node, of, joined: joined.get(keyOf(of))! }))),
    stop() {
      clearInterval(timer)
      for (const { client } of seats.values()) client.close()
    },
  }
}
