import { setTimeout as sleep } from 'node:timers/promises'
import type { FaultBoard } from './boards.ts'
import { checkLedger } from './check-ledger.ts'
import { checkEntries, checkList, listsOf } from './check-lists.ts'
import { checkReads } from './check-reads.ts'
import type { Cluster } from './cluster.ts'
import type { History } from './history.ts'
import type { Http } from './http.ts'

export interface CheckReport {
  /** What was seen while it ran and what is wrong at the end; the first ones of each kind. */
  violations: string[]
  /** Counts for people. */
  figures: Record<string, string | number>
}

const shownOfEach = 5

/** Compares history, ledger, entries, lists and reads, on a cluster that is healed and quiet. */
export async function check(options: {
  cluster: Cluster
  http: Http
  history: History
  boards: readonly FaultBoard[]
  /** How long lists may take until a catch-up or a restore has brought them up to date, in ms. */
  settleMs: number
}): Promise<CheckReport> {
  const { cluster, http, history, boards, settleMs } = options
  const { sql, redis, nodes } = cluster
  const violations = history.violations.slice(0, 20)
  if (history.violated() > violations.length) violations.push(`... ${history.violated()} were seen while it ran`)
  const report = (of: string, found: string[]) => {
    violations.push(...found.slice(0, shownOfEach).map((text) => `${of}: ${text}`))
    if (found.length > shownOfEach) violations.push(`${of}: ... ${found.length} in all`)
  }
  const began = performance.now()
  let [rows, acknowledged, unknownStored, members, settled] = [0, 0, 0, 0, 0]

  for (const board of boards) {
    const wrong: string[] = []
    const ledger = await checkLedger(sql, history, board, (text) => wrong.push(text))
    report('ledger', wrong)
    rows += ledger.rows
    acknowledged += ledger.acknowledged
    unknownStored += ledger.unknownStored
    for (const list of await listsOf(sql, board)) {
      const of = `${board.id}/${list.selector}`
      report(of, await checkEntries(sql, ledger.naive, list))
      members += ledger.naive.standings.get(list.selector)?.size ?? 0
      // Reads first: a lost list is restored when somebody asks for it.
      const compare = async () => ({
        reads: (
          await Promise.all(nodes.map((node) => checkReads(http, node, board, ledger.naive, list.selector)))
        ).flat(),
        list: await checkList(redis, board, ledger.naive, list),
      })
      let found = await compare()
      while (found.reads.length + found.list.length > 0 && performance.now() - began < settleMs) {
        await sleep(250)
        found = await compare()
        settled = performance.now() - began
      }
      report(`${of}, read`, found.reads)
      report(`${of}, in Redis`, found.list)
    }
  }
  const logs = nodes.map((node) => node.takeLog())
  report(
    'error in a log',
    logs.flatMap(({ errors }) => errors),
  )
  return {
    violations,
    figures: {
      acknowledged: acknowledged,
      'ledger rows': rows,
      'stored without a receipt': unknownStored,
      'list members compared': members,
      'warnings in logs': countsText(logs.map(({ warnings }) => warnings)),
      'lists settled after': `${(settled / 1000).toFixed(1)} s`,
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
