import type { StoredEffect } from '../../../src/postgres/schema/submissions.ts'
import type { Sql } from '../../../src/postgres/connection/client.ts'
import { listsOf, joined } from './check-lists.ts'
import { checkReads, type Found, type Ranked } from './check-reads.ts'
import { createNaiveBoard } from './fold.ts'
import type { Guests } from './guests.ts'
import type { History } from './history.ts'
import type { Http } from './http.ts'
import type { Node } from './node.ts'

interface Row {
  id: number
  playerId: string
  submissionId: string
  sessionId: string
  score: number
  effects: StoredEffect[]
}

// A run of an hour closes hundreds: the newest, which faults met last.
const sessionsChecked = 20

/** People who were banned or erased are nowhere; everybody else is where the ledger says, in sealed sessions too. */
export async function checkGuests(options: {
  sql: Sql
  nodes: readonly Node[]
  http: Http
  history: History
  guests: Guests
  report(of: string, found: string[]): void
  compareList(of: string, rows: number, compare: () => Promise<Found>): Promise<void>
}): Promise<void> {
  const { sql, nodes, http, history, guests, report, compareList } = options
  const { board } = guests
  const rows = await sql<Row[]>`
    select id, player_id as "playerId", submission_id as "submissionId", session_id as "sessionId", score, effects
    from submissions
    where leaderboard_no = (select no from leaderboards where id = ${board.id} and deleted_at is null) and kind = 'SCORE'
    order by id`
  const found: string[] = []
  const stored = new Set(rows.map((row) => row.submissionId))
  if (stored.size < rows.length) found.push(`${rows.length - stored.size} submissions are in the ledger twice`)
  for (const one of history.submissions.values())
    if (one.board === board && one.acknowledged && !stored.has(one.id))
      found.push(`${one.id} of ${one.playerId} was acknowledged and is not in the ledger`)
  for (const { submissionId, effects } of rows)
    if (effects.some(({ r }) => r === 'WINDOW_CLOSED')) found.push(`${submissionId} found its session closed`)
  const erased = new Set(guests.gone.filter(({ how }) => how === 'erase').map(({ playerId }) => playerId))
  for (const { playerId } of rows) if (erased.has(playerId)) found.push(`${playerId} was erased and is in the ledger`)
  report(`ledger of ${board.id}`, found)

  const banned = new Set(
    (await sql<{ id: string }[]>`select id from players where banned_at is not null`).map(({ id }) => id),
  )
  for (const { playerId, how } of guests.gone)
    if (how === 'ban' && !banned.has(playerId)) report(board.id, [`${playerId} was banned and is not`])
  const shown = rows.filter(({ playerId }) => !banned.has(playerId))
  const gone = new Set(guests.gone.map(({ playerId }) => playerId))
  const newest = new Set(guests.sessions.slice(-sessionsChecked))
  for (const { selector } of await listsOf(sql, board)) {
    if (selector !== 'GLOBAL' && !newest.has(selector.slice('SESSION:'.length))) continue
    const ranking = rankingOf(guests, shown, selector)
    await compareList(`${board.id}/${selector}`, ranking.length, async () => {
      // It may be sealed meanwhile.
      const list = (await listsOf(sql, board)).find((one) => one.selector === selector)!
      const source = list.sealed ? ('postgres' as const) : ('redis' as const)
      const of = { leaderboard: board.id, selector, source, gone }
      return joined(await Promise.all(nodes.map((node) => checkReads(http, node, of, ranking))))
    })
  }
}

function rankingOf({ board }: Guests, rows: Row[], selector: string): Ranked {
  const naive = createNaiveBoard(board)
  for (const { id, playerId, score, sessionId } of rows)
    if (selector === 'GLOBAL' || selector === `SESSION:${sessionId}`)
      naive.add({ id, playerId, scaled: score, occurredAt: 0 })
  return naive.ranking('GLOBAL')
}
