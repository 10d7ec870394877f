import { setTimeout as sleep } from 'node:timers/promises'
import type { FaultBoard } from './boards.ts'
import type { History } from './history.ts'
import type { Http } from './http.ts'
import type { Ladder } from './ladder.ts'
import type { Node } from './node.ts'
import type { Submit } from './submit.ts'

const batch = 1000
const batchesAtOnce = 4

/** Submits the ladder's first scores. */
export async function seedLadder(ladder: Ladder, history: History, submit: Submit): Promise<void> {
  const seeds = ladder.seeds().map(({ playerId, score }) => history.submission(ladder.board, playerId, score))
  for (let at = 0; at < seeds.length; at += batchesAtOnce * batch)
    await Promise.all(
      Array.from({ length: batchesAtOnce }, (_, part) =>
        submit(seeds.slice(at + part * batch, at + (part + 1) * batch)),
      ),
    )
  for (const one of seeds) one.open = false
}

/** Waits until every server answers every standings of a leaderboard from Redis. */
export async function comesFromRedis(
  http: Http,
  nodes: readonly Node[],
  board: FaultBoard,
  limitMs: number,
): Promise<void> {
  for (const node of nodes)
    for (const type of board.types)
      for (const giveUpAt = performance.now() + limitMs; ; await sleep(20)) {
        const path = `/v1/leaderboards/${board.id}/standings?limit=1&standings=${type}`
        const { body } = await http.send(node.url()!, 'GET', path)
        if ((body as { source?: string }).source === 'redis') break
        if (performance.now() > giveUpAt) throw new Error(`${path} does not come from Redis: ${JSON.stringify(body)}`)
      }
}
