import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Page } from '../../src/contract/reads.ts'
import type { Client } from '../helpers/client.ts'
import { startStack, type Stack } from '../helpers/stack.ts'
import { eventually } from '../helpers/wait.ts'

// Who was acknowledged before another was sent reached the score first, whichever nodes and lanes they went through.

let stack: Stack
let nodes: Client[]
beforeAll(async () => {
  stack = await startStack({ nodes: 0, env: { PLAYER_SUBMITS_PER_S: '0' } })
  await stack.sql.unsafe(
    `alter database "${new URL(stack.env.DATABASE_URL!).pathname.slice(1)}" set track_functions = 'pl'`,
  )
  await stack.addServer()
  await stack.addServer({ WRITE_LANES: '3' })
  nodes = [await stack.client(), await stack.client('admin', 'second', 1)]
})
afterAll(() => stack.stop())

interface Span {
  playerId: string
  score: number
  sent: number
  acknowledged: number
}

/** Pairs that are in the wrong order, of spans listed as they are said to have come. */
function overtaken(listed: Span[]): [Span, Span][] {
  let latest: Span | undefined
  const wrong: [Span, Span][] = []
  for (const span of listed) {
    if (latest && span.acknowledged < latest.sent) wrong.push([latest, span])
    if (!latest || span.sent > latest.sent) latest = span
  }
  return wrong
}

test.each(['first', 'last'] as const)(
  'equal scores are in the order of answers and requests, ties %s',
  async (ties) => {
    const board = `ties-${ties}`
    await nodes[0]!.send('POST', '/v1/leaderboards', { id: board, ties, operator: 'last', types: ['GLOBAL', 'DAILY'] })
    const spans = new Map<string, Span>()
    const submit = async (node: Client, playerId: string, score: number) => {
      const submissionId = `s${spans.size}`
      const span = { playerId, score, sent: performance.now(), acknowledged: Infinity }
      spans.set(submissionId, span)
      expect((await node.submit(board, { playerId, score, submissionId })).status).toBe(200)
      span.acknowledged = performance.now()
    }
    /** The newest submission of each player is what it is ranked by. */
    const expectOrder = async () => {
      const newest = new Map([...spans.values()].map((span) => [span.playerId, span]))
      const { body } = await nodes[1]!.get<Page>(`/v1/leaderboards/${board}/standings?limit=1000`)
      expect(body.rows.length).toBe(newest.size)
      for (const score of [1, 2]) {
        const equals = body.rows.filter((row) => row.score === score).map((row) => newest.get(row.playerId)!)
        expect(overtaken(ties === 'first' ? equals : equals.toReversed())).toEqual([])
      }
    }

    for (let round = 0; round < 6; round++) {
      const score = (player: number) => 1 + ((player + round) % 2)
      // One node alone takes ids that it drew ahead; then the other one comes between, in turns, and all at once.
      for (let player = 0; player < 6; player++) await submit(nodes[0]!, `p${player}`, score(player))
      for (let player = 6; player < 12; player++) await submit(nodes[player % 2]!, `p${player}`, score(player))
      await expectOrder()
      await Promise.all(
        Array.from({ length: 24 }, async (_, player) => {
          for (let n = 0; n < 5; n++) await submit(nodes[(player + n) % 2]!, `p${player}`, score(player + n))
        }),
      )
      await expectOrder()
    }
    const ledger = await stack.sql<{ submission_id: string }[]>`
    select submission_id from submissions where leaderboard_no = (select no from leaderboards where id = ${board}) order by id`
    expect(ledger.length).toBe(spans.size)
    expect(overtaken(ledger.map((row) => spans.get(row.submission_id)!))).toEqual([])
  },
)

test('ids that were drawn ahead were among them', async () => {
  await Promise.all(stack.servers.map((server) => server.stop()))
  await eventually(async () => {
    const [row] = await stack.sql<{ calls: number }[]>`
      select calls::int from pg_stat_user_functions where funcname = 'commit_batch'`
    expect(row?.calls).toBeGreaterThan(20)
  })
})
