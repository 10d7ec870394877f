import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Board, ListWriter, Truth } from '../actions/ports.ts'
import type { Log } from '../log.ts'
import { formatSelector } from '../ranking/selector.ts'

const chunk = 500
const busyPollMs = 50

export interface Restorer {
  /** Makes a list whole; calls for the same standings share one run. Resolves false when it could not be done. */
  restore(of: Board): Promise<boolean>
  /** The standings being restored by this process, as `leaderboard/selector`. */
  running(): string[]
}

/**
 * Brings lost lists back from Postgres. The list takes writes from the moment it is staged, and only then the snapshot is
 * read: a commit is either in the snapshot or applied to the staged list, and versions make both harmless.
 */
export function createRestorer(options: {
  writer: ListWriter
  truth: Truth
  log: Log
  /** Lists restored at the same time. */
  concurrency: number
  onFailure(error: unknown): void
}): Restorer {
  const { writer, truth, log } = options
  const runs = new Map<number, { name: string; done: Promise<boolean> }>()
  const waiting: (() => void)[] = []
  let active = 0

  const run = async (of: Board): Promise<boolean> => {
    if (active >= options.concurrency) await new Promise<void>((resolve) => waiting.push(resolve))
    else active += 1
    try {
      return await restoreList(writer, truth, log, of)
    } catch (error) {
      options.onFailure(error)
      return false
    } finally {
      const next = waiting.shift()
      if (next) next()
      else active -= 1
    }
  }
  return {
    restore(of) {
      const known = runs.get(of.standings.id)
      if (known) return known.done
      const done = run(of).finally(() => runs.delete(of.standings.id))
      const name = `${of.board.id}/${formatSelector(of.standings.type, of.standings.key)}`
      runs.set(of.standings.id, { name, done })
      return done
    },
    running: () => [...runs.values()].map(({ name }) => name),
  }
}

async function restoreList(writer: ListWriter, truth: Truth, log: Log, of: Board): Promise<boolean> {
  const token = randomUUID()
  const started = Date.now()
  await ensureWatermark(writer, truth, of.board.no)
  for (;;) {
    const begun = await writer.restoreStep('begin', of, token)
    if (begun === 'WHOLE') return true
    if (begun === 'BEGUN') {
      const rows = await copy(writer, truth, of, token)
      if (rows !== null && (await writer.restoreStep('finish', of, token)) === 'WHOLE') {
        log.info(
          { leaderboard: of.board.id, standings: of.standings.id, rows, ms: Date.now() - started },
          'list restored',
        )
        return true
      }
    }
    await sleep(busyPollMs)
  }
}

/** Null when the staged list went away meanwhile. */
async function copy(writer: ListWriter, truth: Truth, of: Board, token: string): Promise<number | null> {
  let rows = 0
  for await (const entries of truth.walk(of, chunk)) {
    if (entries.length === 0) continue
    const [group] = await writer.write([{ of, rows: entries }], false)
    if (group?.state !== 'STAGING' || (await writer.restoreStep('touch', of, token)) !== 'BEGUN') return null
    rows += entries.length
  }
  return rows
}

/** Without a watermark nothing tells how far the lists of a leaderboard are behind: they all count as lost. */
export async function ensureWatermark(writer: ListWriter, truth: Truth, leaderboardNo: number): Promise<void> {
  if ((await writer.watermark(leaderboardNo)) !== null) return
  const { xmin } = await truth.snapshot()
  await writer.startWatermark(leaderboardNo, await truth.standingsIds(leaderboardNo), xmin)
}
