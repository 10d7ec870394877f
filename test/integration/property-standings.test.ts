import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { BatchResult, Receipt } from '../../src/contract/submission.ts'
import {
  definitions,
  operations,
  playerIds,
  questions,
  regions,
  scoreOf,
  type Operation,
  type SubmissionDraft,
} from '../helpers/board-arbitraries.ts'
import type { Client } from '../helpers/client.ts'
import type { Definition, Expected, LedgerRow, Sent, Stored } from '../helpers/oracle/naive-ledger.ts'
import { createNaiveModel } from '../helpers/oracle/naive-model.ts'
import { expectSameReads } from '../helpers/oracle/same-reads.ts'
import { startStack, type Stack } from '../helpers/stack.ts'

let stack: Stack
let admin: Client
const clients = new Map<string, Client>()
beforeAll(async () => {
  // The model knows nothing of a slow machine: no receipt may be degraded for being late.
  stack = await startStack({ env: { PLAYER_SUBMITS_PER_S: '0', REDIS_COMMAND_TIMEOUT: '20000' } })
  admin = await stack.client()
  clients.set('', await stack.client('server'))
  for (const id of playerIds) {
    clients.set(id, await stack.client('player', id))
    const region = regions[id]
    await admin.send('PUT', `/v1/players/${id}`, { displayName: `Ñ ${id} 🏆`, ...(region && { region }) })
  }
})
afterAll(() => stack.stop())

let boards = 0

/** One leaderboard of its own, and the model beside it. */
async function begin(definition: Omit<Definition, 'id'>) {
  const board: Definition = { id: `board-${++boards}`, ...definition }
  const made = await admin.send('POST', '/v1/leaderboards', board)
  expect(made.status).toBe(201)
  const model = createNaiveModel(board, (id) => regions[id] ?? null)
  const base = Date.now()
  const sent: Sent[] = []

  const draw = (draft: SubmissionDraft | { again: number }): Sent | null => {
    if ('again' in draft) return sent.length === 0 ? null : sent[draft.again % sent.length]!
    return {
      playerId: draft.playerId,
      score: scoreOf(draft.score, board.decimals),
      ...(draft.submissionId !== null && { submissionId: draft.submissionId }),
      ...(draft.sessionId !== null && { sessionId: draft.sessionId }),
      ...(draft.occurred !== null && { occurredAt: new Date(base + draft.occurred).toISOString() }),
    }
  }

  const submit = async (draft: SubmissionDraft | { again: number }, as: 'server' | 'player') => {
    const one = draw(draft)
    if (!one || !model.certain(one, as, Date.now())) return
    sent.push(one)
    const expected = model.submit(one, as, Date.now())
    const answer = await clients.get(as === 'server' ? '' : one.playerId)!.submit<Receipt>(board.id, one)
    if ('refused' in expected) return expectRefusal(expected.refused, answer.status, answer.body)
    expect(answer).toMatchObject({ status: 200, body: { degraded: false } })
    expect(answer.body).toEqual(receiptOf(board, one, expected, answer.body))
  }

  const submitBatch = async (drafts: (SubmissionDraft | { again: number })[]) => {
    const list = drafts.flatMap((draft) => draw(draft) ?? []).filter((one) => model.certain(one, 'server', Date.now()))
    if (list.length === 0) return
    sent.push(...list)
    const expected = list.map((one) => model.submit(one, 'server', Date.now()))
    const path = `/v1/leaderboards/${board.id}/scores/batch`
    const answer = await clients.get('')!.send<BatchResult>('POST', path, { submissions: list })
    expect(answer.status).toBe(200)
    expect(answer.body.receipts).toHaveLength(list.length)

    const ids = new Map<LedgerRow, string>()
    answer.body.receipts.forEach((actual, at) => {
      const wanted = expected[at]!
      expectSameOutcome(board, list[at]!, wanted, actual)
      if ('row' in wanted && !wanted.duplicate) ids.set(wanted.row, actual.submissionId!)
    })
    // Players commit side by side: who of two was first is what the ledger says.
    const rows = await stack.sql<{ key: string; id: string }[]>`
      select player_id || ' ' || submission_id as key, id from submissions
      where leaderboard_no = (select no from leaderboards where id = ${board.id}) and kind = 'SCORE'`
    const order = new Map(rows.map((row) => [row.key, Number(row.id)]))
    model.reorderLast([...ids.keys()], (row) => order.get(`${row.playerId} ${ids.get(row)}`)!)
  }

  // Seconds after a session without a grace was closed it is sealed, and keeps its rows.
  let seals = false
  const remove = async (playerId: string) => {
    if (seals) return
    const { status } = await admin.send('DELETE', `/v1/leaderboards/${board.id}/players/${playerId}`)
    expect(status).toBe(model.remove(playerId) ? 204 : 404)
  }

  const close = async (sessionId: string) => {
    if (!model.joined().includes(`SESSION:${sessionId}`)) return
    const path = `/v1/leaderboards/${board.id}/sessions/${sessionId}/close`
    const answer = await admin.send<{ endsAt: string }>('POST', path)
    expect(answer.status).toBe(200)
    seals ||= board.graceMs === 0
    model.closeSession(sessionId, Date.parse(answer.body.endsAt))
  }

  const perform = async (operation: Operation) => {
    if ('submit' in operation) return submit(operation.submit, operation.as)
    if ('retry' in operation) return submit(operation.retry, operation.as)
    if ('batch' in operation) return submitBatch(operation.batch)
    return 'remove' in operation ? remove(operation.remove) : close(operation.close)
  }
  return { board, model, perform }
}

function expectRefusal(codes: string[], status: number | null, body: { code?: string; applied?: boolean }): void {
  if (status !== null) expect(status).toBeGreaterThanOrEqual(400)
  expect(codes).toContain(body.code)
}

/** One receipt of a batch: ranks are those of some instant during it. */
function expectSameOutcome(
  board: Definition,
  sent: Sent,
  expected: Expected,
  actual: BatchResult['receipts'][number],
): void {
  if ('refused' in expected || 'error' in actual) {
    expect(actual).toEqual({ submissionId: sent.submissionId ?? null, error: expect.anything() as unknown })
    return expectRefusal('refused' in expected ? expected.refused : [], null, 'error' in actual ? actual.error : {})
  }
  const unranked = { rank: null, previousRank: null, total: 0 }
  const receipt = { ...actual, standings: actual.standings.map((item) => ({ ...item, ...unranked })) }
  const items = expected.standings.map((item) => ({ ...item, ...unranked }))
  expect(receipt).toEqual(receiptOf(board, sent, { ...expected, standings: items }, receipt))
}

function receiptOf(board: Definition, sent: Sent, expected: Stored, actual: Receipt): Receipt {
  return {
    // The server makes an id where none was sent, and a total is unknown where a closed window left no standings.
    submissionId: sent.submissionId ?? actual.submissionId,
    leaderboard: board.id,
    playerId: sent.playerId,
    score: sent.score,
    applied: expected.applied,
    reason: expected.reason as Receipt['reason'],
    duplicate: expected.duplicate,
    degraded: false,
    standings: expected.standings.map((item, at) => ({
      ...item,
      reason: item.reason as Receipt['reason'],
      total: item.reason === 'WINDOW_CLOSED' && actual.standings[at]?.total === null ? item.total || null : item.total,
    })),
  }
}

test('receipts and every read equal a naive model that sorts the ledger', { timeout: 600_000 }, async () => {
  expect.hasAssertions()
  await fc.assert(
    fc.asyncProperty(
      definitions,
      fc.array(operations, { minLength: 3, maxLength: 40, size: 'max' }),
      fc.array(questions, { minLength: 1, maxLength: 2 }),
      async (definition, list, asked) => {
        const { board, model, perform } = await begin(definition)
        const half = list.length >> 1
        for (const operation of list.slice(0, half)) await perform(operation)
        await expectSameReads(clients.get('')!, board, model, [])
        for (const operation of list.slice(half)) await perform(operation)
        await expectSameReads(clients.get('')!, board, model, asked)
      },
    ),
    { numRuns: Number(process.env['PROPERTY_RUNS'] ?? 60) },
  )
})
