import type { FaultBoard } from './boards.ts'
import { checkGuests } from './check-guests.ts'
import type { LedgerCheck } from './check-ledger.ts'
import { checkEntries, checkList, joined, listsOf } from './check-lists.ts'
import { checkPeriods } from './check-periods.ts'
import { checkReads, type Found } from './check-reads.ts'
import { checkRooms } from './check-rooms.ts'
import type { Cluster } from './cluster.ts'
import { compareUntil } from './compare.ts'
import type { Guests } from './guests.ts'
import type { History } from './history.ts'
import type { Http } from './http.ts'
import type { Spectators } from './spectators.ts'
import type { Violation } from './timeline.ts'

export interface CheckReport {
  /** What is wrong at the end; the first ones of each kind. */
  violations: Violation[]
  /** Counts for people. */
  figures: Record<string, string | number>
}

export interface CheckOptions {
  cluster: Cluster
  http: Http
  history: History
  ledgers: ReadonlyMap<FaultBoard, LedgerCheck>
  guests: Guests
  spectators: Spectators
  /** What the ledger checks found so far and find yet, by leaderboard. */
  ledgerFound: ReadonlyMap<FaultBoard, string[]>
  /** The faults before the healing. */
  before: string[]
  /** When every list is served from Redis at the latest, by performance.now(); a large one has longer. */
  servedBy: number
}

const shownOfEach = 5

// Lists above this may take longer, at this many rows a second.
const [largeRows, restoredPerSecond] = [20_000, 10_000]

/** Compares history, ledger, entries, lists, reads and live rooms, on a cluster that is healed, quiet and well for a while. */
export async function check(options: CheckOptions): Promise<CheckReport> {
  const { cluster, http, history, ledgers, ledgerFound, guests, before } = options
  const { sql, redis, nodes } = cluster
  const violations: Violation[] = []
  const report = (of: string, found: string[]) => {
    violations.push(...found.slice(0, shownOfEach).map((text) => ({ text: `${of}: ${text}`, before })))
    if (found.length > shownOfEach) violations.push({ text: `${of}: ... ${found.length} in all`, before })
  }
  const sum = (of: (ledger: LedgerCheck) => number) => [...ledgers.values()].reduce((total, one) => total + of(one), 0)
  const slow: string[] = []
  let [members, longest, never] = [0, 0, 0]

  /** Lists of a leaderboard, from Redis on every server. */
  const compareList = async (of: string, rows: number, compare: () => Promise<Found>) => {
    const moreMs = (Math.max(0, rows - largeRows) / restoredPerSecond) * 1000
    const { wrong, away, rightAfter } = await compareUntil(options.servedBy + moreMs, compare)
    report(`${of}, told as right`, wrong)
    report(`${of}, not served from Redis in time`, away)
    if (rightAfter === null) never += 1
    longest = Math.max(longest, rightAfter ?? 0)
    if (rows > largeRows && rightAfter) slow.push(`${of} ${Math.round((rows / rightAfter) * 1000)} rows/s`)
  }

  for (const [board, ledger] of ledgers) {
    await ledger.advance(true)
    report('ledger', ledgerFound.get(board)!)
    for (const list of await listsOf(sql, board)) {
      const of = `${board.id}/${list.selector}`
      report(of, await checkEntries(sql, ledger.naive, list))
      const ranking = ledger.naive.ranking(list.selector)
      members += ranking.length
      if (!list.begun) continue
      const where = {
        leaderboard: board.id,
        selector: list.selector,
        source: list.sealed ? 'postgres' : 'redis',
      } as const
      await compareList(of, ranking.length, async () => {
        // Reads first: a lost list is restored when somebody asks for it.
        const reads = await Promise.all(nodes.map((node) => checkReads(http, node, where, ranking)))
        const inRedis = list.sealed ? [] : await checkList(redis, board, ledger.naive, list)
        return joined([...reads, { wrong: [], away: inRedis.map((text) => `in Redis ${text}`) }])
      })
    }
  }
  await checkGuests({ ...options, sql, nodes, report, compareList })
  report('live rooms', await checkRooms(options))
  report('periods', await checkPeriods(sql, [...ledgers.keys(), guests.board]))
  return {
    violations,
    figures: {
      acknowledged: history.acknowledged(),
      'ledger rows compared': sum((one) => one.rows()),
      'stored without a receipt': sum((one) => one.unknownStored()),
      'stamped by a wrong clock': sum((one) => one.stampedWrong()),
      'list members compared': members,
      'people banned or erased': guests.gone.length,
      sessions: guests.sessions.length,
      'lists right after': `${(longest / 1000).toFixed(1)} s${never === 0 ? '' : `; ${never} never were`}`,
      ...(slow.length === 0 ? {} : { 'large lists back at': slow.join(', ') }),
    },
  }
}

/** Added up, the most frequent first. */
export function countsText(list: Record<string, number>[]): string {
  const sums = new Map<string, number>()
  for (const counts of list)
    for (const [what, count] of Object.entries(counts)) sums.set(what, count + (sums.get(what) ?? 0))
  const sorted = [...sums].toSorted(([, a], [, b]) => b - a)
  return sorted.map(([what, count]) => `${what} ${count}`).join(', ') || 'none'
}
