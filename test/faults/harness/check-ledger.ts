import type { StoredEffect } from '../../../src/postgres/schema/submissions.ts'
import type { Sql } from '../../../src/postgres/connection/client.ts'
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
  /** How far the clock that stamped it was from Postgres's, in ms. */
  off: number
}

/** A leaderboard's ledger, compared with what was sent as it grows. */
export interface LedgerCheck {
  naive: NaiveBoard
  /**
   * Takes the rows that no transaction can come before any more, and forgets the submissions that are right and over; with
   * `all`, everything there is, and says what is missing. Nothing may be under way then.
   */
  advance(all: boolean): Promise<void>
  rows(): number
  acknowledged(): number
  /** Sent, never acknowledged, and in the ledger all the same, which is allowed once. */
  unknownStored(): number
  /** Rows stamped by a clock that was minutes off. */
  stampedWrong(): number
}

const pageRows = 5000
// More than a request may take from its arrival to its commit, less than any jump of a clock.
const clockLimitMs = 100_000

/**
 * Compares the ledger of a leaderboard with what was sent and acknowledged: every receipt is one row with that score and
 * says what the ledger says, no id has two rows, and every row did what a naive count says.
 */
export function createLedgerCheck(
  sql: Sql,
  history: History,
  board: FaultBoard,
  wrong: (text: string) => void,
): LedgerCheck {
  const naive = createNaiveBoard(board)
  const unit = scaledOf(board, 1)
  // Of submissions that are not forgotten yet: what the ledger says of them.
  const stored = new Map<string, string>()
  const selectors = new Map<number, string>()
  let [rows, acknowledged, unknownStored, stampedWrong, from] = [0, 0, 0, 0, '0']

  const take = (row: Row) => {
    rows += 1
    const clockWasWrong = Math.abs(row.off) > clockLimitMs
    if (clockWasWrong) stampedWrong += 1
    const changes = naive.add({ ...row, scaled: row.score }, clockWasWrong ? closedBy(row, selectors) : undefined)
    const effects = row.effects.map((effect) => effectText(effect, selectors))
    const wanted = changes.map(changeText)
    if (effects.join() !== wanted.join())
      wrong(`${board.id}: ledger row ${row.id} did ${effects.join()}, a naive count says ${wanted.join()}`)

    const sent = row.submissionId === null ? undefined : history.submissions.get(row.submissionId)
    if (row.kind !== 'SCORE' || sent?.board !== board || sent.playerId !== row.playerId)
      return wrong(
        `${board.id}: nobody sent ledger row ${row.id} (${row.submissionId} of ${row.playerId}), or it is a second one`,
      )
    if (stored.has(sent.id)) wrong(`${board.id}: ${sent.id} is in the ledger twice`)
    if (scaledOf(board, sent.score) !== row.score) wrong(`${board.id}: ${sent.id} is stored as ${row.score}`)
    const inUnits = (scaled: number | null) => (scaled === null ? null : scaled / unit)
    const said = changes.map((one) => {
      const { standings, applied, reason, score, previous } = one
      return [standings, applied, reason, inUnits(score), inUnits(previous)]
    })
    stored.set(sent.id, JSON.stringify(said))
  }
  /** What is over goes, so that a long run does not grow. */
  const settle = (all: boolean) => {
    for (const [id, ledger] of stored) {
      const one = history.submissions.get(id)!
      if (one.open && !all) continue
      for (const said of one.said)
        if (said !== ledger) wrong(`${board.id}: a receipt of ${id} says ${said}, the ledger ${ledger}`)
      if (one.firsts > 1) wrong(`${board.id}: ${id} was stored for the first time ${one.firsts} times`)
      if (one.acknowledged) acknowledged += 1
      else unknownStored += 1
      history.forget(one)
      stored.delete(id)
    }
    if (!all) return
    for (const one of history.submissions.values())
      if (one.board === board && one.acknowledged)
        wrong(`${board.id}: ${one.id} was acknowledged and is not in the ledger`)
  }

  return {
    naive,
    async advance(all) {
      // Rows of transactions below this one are all there; as text, an xid8 needs more than a double.
      const [now] = await sql<{ xmin: string }[]>`select pg_snapshot_xmin(pg_current_snapshot())::text as xmin`
      const to = all ? null : now!.xmin
      const known = await sql<{ id: number; type: string; key: string }[]>`
        select s.id, s.type, s.key from standings s join leaderboards l on l.no = s.leaderboard_no
        where l.id = ${board.id} and l.deleted_at is null`
      for (const { id, type, key } of known) selectors.set(id, key === '' ? type : `${type}:${key}`)
      const query = sql<Row[]>`
        select id, player_id as "playerId", submission_id as "submissionId", kind, score, effects,
          (extract(epoch from occurred_at) * 1000)::int8 as "occurredAt",
          (extract(epoch from occurred_at - created_at) * 1000)::int8 as off
        from submissions
        where leaderboard_no = (select no from leaderboards where id = ${board.id} and deleted_at is null)
          and xid >= ${from}::text::xid8 and (${to}::text is null or xid < ${to}::text::xid8)
        order by id`
      // Postgres may go in the middle while the run lasts: all rows, or none of them.
      if (!all) (await query).forEach(take)
      else for await (const page of query.cursor(pageRows)) page.forEach(take)
      if (to !== null) from = to
      settle(all)
    },
    rows: () => rows,
    acknowledged: () => acknowledged,
    unknownStored: () => unknownStored,
    stampedWrong: () => stampedWrong,
  }
}

/** What a row stamped by a wrong clock rightly found closed: its instant was over, or not yet. */
function closedBy(row: Row, selectors: Map<number, string>): Map<string, number | null> {
  const closed = row.effects.filter(
    (effect) => effect.r === 'WINDOW_CLOSED' && selectorOf(effect, selectors) !== 'GLOBAL',
  )
  return new Map(closed.map((effect) => [selectorOf(effect, selectors), effect.b]))
}

function selectorOf({ s, k }: Pick<StoredEffect, 's' | 'k'>, selectors: Map<number, string>): string {
  return (s === undefined ? k : selectors.get(s)) ?? `standings ${s}`
}

function effectText(effect: StoredEffect, selectors: Map<number, string>): string {
  return `${selectorOf(effect, selectors)} ${effect.b} -> ${effect.a} ${effect.r ?? 'applied'}`
}

function changeText({ standings, score, previous, reason }: Change): string {
  return `${standings} ${previous} -> ${score} ${reason ?? 'applied'}`
}
