import type { StoredEffect } from '../../../src/postgres/schema/submissions.ts'
import type { Sql } from '../../../src/postgres/client.ts'
import { scaledOf, type FaultBoard } from './boards.ts'
import { createNaiveBoard, type Change, type NaiveBoard } from './fold.ts'
import type { History } from './history.ts'

interface Row {
  id: number
  playerId: string
  submissionId: string | null
  kind: string
  score: number
  effects: StoredEffect[]
  occurredAt: number
}

export interface LedgerCheck {
  naive: NaiveBoard
  rows: number
  acknowledged: number
  /** Sent, never acknowledged, and in the ledger all the same, which is allowed once. */
  unknownStored: number
}

const pageRows = 5000

/**
 * Compares the ledger of a leaderboard with what was sent and acknowledged: every receipt is one row with that score and
 * says what the ledger says, no id has two rows, and every row did what a naive count says.
 */
export async function checkLedger(
  sql: Sql,
  history: History,
  board: FaultBoard,
  wrong: (text: string) => void,
): Promise<LedgerCheck> {
  const naive = createNaiveBoard(board)
  const selectors = await selectorsOf(sql, board)
  const seen = new Set<string>()
  let [rows, acknowledged, unknownStored] = [0, 0, 0]
  const unit = scaledOf(board, 1)

  const checkRow = (row: Row) => {
    rows += 1
    const changes = naive.add({ ...row, scaled: row.score })
    const effects = row.effects.map((effect) => effectText(effect, selectors))
    const wanted = changes.map(changeText)
    if (effects.join() !== wanted.join())
      wrong(`${board.id}: ledger row ${row.id} did ${effects.join()}, a naive count says ${wanted.join()}`)

    const sent = row.submissionId === null ? undefined : history.submissions.get(row.submissionId)
    if (row.kind !== 'SCORE' || sent?.board !== board || sent.playerId !== row.playerId)
      return wrong(`${board.id}: nobody sent ledger row ${row.id} (${row.submissionId} of ${row.playerId})`)
    if (seen.has(sent.id)) wrong(`${board.id}: ${sent.id} is in the ledger twice`)
    seen.add(sent.id)
    if (scaledOf(board, sent.score) !== row.score) wrong(`${board.id}: ${sent.id} is stored as ${row.score}`)
    if (!sent.acknowledged) unknownStored += 1
    const said = JSON.stringify(
      changes.map((one) => [
        one.standings,
        one.applied,
        one.reason,
        one.score / unit,
        one.previous === null ? null : one.previous / unit,
      ]),
    )
    for (const text of sent.said)
      if (text !== said) wrong(`${board.id}: a receipt of ${sent.id} says ${text}, the ledger ${said}`)
  }

  const all = sql<Row[]>`
    select id, player_id as "playerId", submission_id as "submissionId", kind, score, effects,
      (extract(epoch from occurred_at) * 1000)::int8 as "occurredAt"
    from submissions where leaderboard_no = (select no from leaderboards where id = ${board.id}) order by id`
  for await (const page of all.cursor(pageRows)) page.forEach(checkRow)
  for (const one of history.submissions.values()) {
    if (one.board !== board) continue
    if (one.acknowledged) acknowledged += 1
    if (one.acknowledged && !seen.has(one.id)) wrong(`${board.id}: ${one.id} was acknowledged and is not in the ledger`)
    if (one.firsts > 1) wrong(`${board.id}: ${one.id} was stored for the first time ${one.firsts} times`)
  }
  return { naive, rows, acknowledged, unknownStored }
}

async function selectorsOf(sql: Sql, board: FaultBoard): Promise<Map<number, string>> {
  const rows = await sql<{ id: number; type: string; key: string }[]>`
    select id, type, key from standings where leaderboard_no = (select no from leaderboards where id = ${board.id})`
  return new Map(rows.map(({ id, type, key }) => [id, key === '' ? type : `${type}:${key}`]))
}

function effectText({ s, k, a, b, r }: StoredEffect, selectors: Map<number, string>): string {
  return `${s === undefined ? k : selectors.get(s)} ${b} -> ${a} ${r ?? 'applied'}`
}

function changeText({ standings, score, previous, reason }: Change): string {
  return `${standings} ${previous} -> ${score} ${reason ?? 'applied'}`
}
