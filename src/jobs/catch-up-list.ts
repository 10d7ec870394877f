import type { RankedList } from '../actions/ports/ranks.ts'
import type { StandingsStore } from '../actions/ports/standings.ts'
import type { Truth } from '../actions/ports/truth.ts'
import type { ListWriter } from '../actions/ports/lists.ts'
import type { Log } from '../log.ts'

export interface CatchUpListOptions {
  writer: Pick<ListWriter, 'lagging' | 'write'>
  truth: Pick<Truth, 'entries'>
  standings: Pick<StandingsStore, 'reload'>
  /** Has a lost list made whole; what is under way already is joined. */
  restore(list: RankedList): void
  log: Log
}

// Each turn but the last means that somebody made the list again meanwhile.
const turnsMax = 5

/**
 * Makes sure that a list holds committed changes (`player version ...`, see `Changes`), whether or not it has them already.
 * Returns the list under its present generation; null when these standings have no list any more. Rejects when the changes
 * may be missing: the caller must not report them as done.
 *
 * LOST is about the generation in the call, so the row is read again. If the generation is the same, no server serves the
 * list, and its restore reads Postgres later than this: it begins with the next generation, or with a copy that would have
 * taken the rows. Rows are read after the generation: older ones could bring back a player who left since, for whom a list
 * that was built again has no tombstone.
 */
export async function catchUpList(
  options: CatchUpListOptions,
  asked: RankedList,
  versions: string,
): Promise<RankedList | null> {
  const { writer, truth, standings, log } = options
  let list = asked
  for (let turn = 0; turn < turnsMax; turn++) {
    const lagging = await writer.lagging(list, versions)
    if (lagging !== null) {
      if (lagging.length === 0) return list
      const rows = await truth.entries(list, versionsOf(lagging, versions))
      const [applied] = await writer.write([{ list, rows }], false)
      if (applied!.state !== 'LOST') {
        log.info({ leaderboard: list.board.id, standings: list.standings.id, rows: rows.length }, 'list caught up')
        return list
      }
    }
    const row = await standings.reload(list.standings.id)
    // A sealed one is read from Postgres.
    if (row === null || row.status === 'SEALED') return null
    const sameList = row.generation === list.standings.generation
    list = { board: list.board, standings: row }
    if (lagging === null && sameList) {
      options.restore(list)
      return list
    }
  }
  throw new Error(`the list of standings ${list.standings.id} is made anew again and again`)
}

function versionsOf(players: string[], versions: string): { playerId: string; version: number }[] {
  const words = versions.split(' ')
  const versionOf = new Map(words.flatMap((word, at) => (at % 2 === 0 ? [[word, Number(words[at + 1])] as const] : [])))
  return players.map((playerId) => ({ playerId, version: versionOf.get(playerId)! }))
}
