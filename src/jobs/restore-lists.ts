import { randomUUID } from 'node:crypto'
import type { RankedList } from '../actions/ports/ranks.ts'
import type { Standings } from '../actions/ports/standings.ts'
import type { Begun, Load, StoredEntry } from '../actions/ports/lists.ts'
import { listsRebuilt } from '../metrics.ts'
import { heartbeat, type BuildOptions } from './build-list.ts'
import { ensureWatermark } from './watermark.ts'

/** Lists that are looked at together. */
export const listsPerTurn = 100
// A list up to this size goes in with others, so that a turn reads no more than a page of a large one.
const smallRows = 50
const rowsPerCall = 500

/** `of`: whole, as it is called now (null: it has no list any more). `large`: has to be built alone. */
export type Restored = { list: RankedList | null } | 'large' | 'busy'

interface Claimed {
  list: RankedList
  begun: Begun
  at: number
}

/**
 * Makes lost lists of a leaderboard whole, all of them with a handful of calls (see `buildList`): most lists are small. The
 * first rows of a large one stay for its own build. Rejects when Postgres or Redis do not answer.
 */
export async function restoreLists(options: BuildOptions, lists: RankedList[]): Promise<Restored[]> {
  const { builder, writer, truth, standings, log } = options
  const started = Date.now()
  const { board } = lists[0]!
  const results: Restored[] = lists.map(() => 'busy')
  const rows = await standings.reloadAll(lists.map((list) => list.standings.id))
  const open: { list: RankedList; at: number }[] = []
  lists.forEach((list, at) => {
    const row = rows.get(list.standings.id)
    // A sealed one is read from Postgres.
    if (row === undefined || row.status === 'SEALED') results[at] = { list: null }
    else open.push({ list: { board, standings: row }, at })
  })
  if (open.length === 0) return results
  await ensureWatermark(writer, truth, board.no)

  const token = randomUUID()
  const answers = await builder.begin(
    open.map(({ list }) => list),
    token,
    'lost',
    '',
  )
  const claimed: Claimed[] = []
  open.forEach(({ list, at }, index) => {
    const begun = answers[index]!
    if (begun.state === 'WHOLE') results[at] = { list }
    else if (begun.state === 'NEWER') results[at] = 'large'
    else if (begun.state !== 'BUSY') claimed.push({ list, begun, at })
  })
  if (claimed.length === 0) return results

  const claims = claimed.map(({ list }) => list)
  const stop = heartbeat(builder, claims, token)
  try {
    // What somebody went on with before is large.
    const fresh = claimed.filter(({ begun }) => begun.state === 'BEGUN')
    for (const { at, begun } of claimed) if (begun.state === 'RESUMED') results[at] = 'large'
    const drawn = await standings.nextGenerations(fresh.map(({ list }) => list.standings))
    const pages = await truth.firstPages([...drawn.keys()], smallRows + 1)
    const wanted = fresh.flatMap(({ list, at }) => {
      const next = drawn.get(list.standings.id)
      // Another one drew a generation meanwhile.
      return next
        ? [{ at, load: firstLoad(list, next, pages.get(list.standings.id)), list: { board, standings: next } }]
        : []
    })
    let [whole, total] = [0, 0]
    for (const some of inCalls(wanted)) {
      const loaded = await builder.load(
        some.map(({ load }) => load),
        token,
      )
      some.forEach(({ list, at, load }, index) => {
        if (loaded[index] === 'IN') results[at] = 'large'
        if (loaded[index] !== 'WHOLE') return
        results[at] = { list }
        whole += 1
        total += load.rows.length
      })
    }
    if (whole > 0) {
      listsRebuilt.inc(whole)
      log.info({ leaderboard: board.id, lists: whole, rows: total, ms: Date.now() - started }, 'lists restored')
    }
  } finally {
    stop()
    const left = claimed.filter(({ at }) => results[at] === 'large' || results[at] === 'busy')
    if (left.length > 0)
      await builder
        .leave(
          left.map(({ list }) => list),
          token,
        )
        .catch(() => {})
  }
  return results
}

function firstLoad(list: RankedList, next: Standings, page: { rows: StoredEntry[]; last: string } | undefined): Load {
  const { rows, last } = page ?? { rows: [], last: null }
  return { list, call: 1, rows, last, finish: rows.length > smallRows ? null : next.generation }
}

/** Redis works about 2 ms on the rows of a call. */
function inCalls<Wanted extends { load: Load }>(wanted: Wanted[]): Wanted[][] {
  const calls: Wanted[][] = []
  let rows = Infinity
  for (const one of wanted) {
    if (rows + one.load.rows.length > rowsPerCall) {
      calls.push([])
      rows = 0
    }
    calls.at(-1)!.push(one)
    rows += one.load.rows.length
  }
  return calls
}
