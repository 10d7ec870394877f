import { spread } from '../timing/back-off.ts'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Deleted, EntryCursor, PurgeStore } from '../actions/ports/purge.ts'
import type { ListWriter } from '../actions/ports/lists.ts'
import type { Log } from '../log.ts'

export interface PurgeOptions {
  store: PurgeStore
  writer: Pick<ListWriter, 'drop' | 'dropLists'>
  /** Redis takes commands: lists may be dropped. */
  connected(): boolean
  /** Milliseconds after the deletion until which something of it may still come back; default an hour. */
  keepMs?: number
  log: Log
}

const passMs = 1000
const standingsPerStep = 500
const rowsPerStep = 5000

/**
 * Works off deleted leaderboards: takes their standings out of use, their lists out of Redis and their rows out of Postgres,
 * and comes back until nothing late can arrive any more, such as the write of a node that was held up, or a Redis that falls
 * back to an older state. The standings go last: they name the keys. Runs on every node; each step is one that may be cut
 * anywhere and made twice.
 */
export function createPurge(options: PurgeOptions) {
  const { store, writer, keepMs = 3_600_000, log } = options
  const stopping = new AbortController()
  const { signal } = stopping
  let running: Promise<void> = Promise.resolve()

  const purge = async ({ no, id, final }: Deleted) => {
    let dropped = options.connected()
    const drop = async (work: Promise<void>) =>
      work.catch((err: unknown) => {
        dropped = false
        log.debug({ err, leaderboard: id }, 'lists of a deleted leaderboard could not be dropped')
      })
    let after: Awaited<ReturnType<PurgeStore['standings']>>[number] | undefined
    while (!signal.aborted) {
      const list = await store.standings(no, after ?? null, standingsPerStep)
      if (list.length === 0) break
      const ids = list.map((one) => one.id)
      await store.seal(ids)
      if (dropped) await drop(writer.dropLists(no, ids))
      let entry: EntryCursor | null = null
      do entry = await store.deleteEntries(ids, entry, rowsPerStep)
      while (entry !== null && !signal.aborted)
      let places = 0
      do places = await store.deletePlaces(ids, rowsPerStep)
      while (places > 0 && !signal.aborted)
      if (final && dropped && !signal.aborted) await store.deleteStandings(ids)
      after = list.at(-1)
    }
    if (dropped) await drop(writer.drop(no, []))
    let player: string | null = null
    do player = await store.deleteLedger(no, player, rowsPerStep)
    while (player !== null && !signal.aborted)
    if (signal.aborted) return
    if (final && dropped) log.info({ leaderboard: id, no }, 'nothing is left of a deleted leaderboard')
    await store.settle(no, !dropped ? 'soon' : final ? 'done' : 'later')
  }
  /** Works off all that is due. Rejects when Postgres does not answer. */
  const pass = async (): Promise<void> => {
    while (!signal.aborted) {
      const due = await store.claim(keepMs)
      if (due === null) return
      await purge(due)
    }
  }
  let failing = false
  const loop = async () => {
    while (!signal.aborted) {
      await pass().then(
        () => (failing = false),
        (err: unknown) => {
          if (!failing && !signal.aborted) log.warn({ err }, 'a deleted leaderboard could not be worked off yet')
          failing = true
        },
      )
      // Not all nodes at once.
      await sleep(spread(passMs), undefined, { signal }).catch(() => {})
    }
  }
  return {
    pass,
    start: () => void (running = loop()),
    /** Resolves when no pass runs any more; what it waits for has to answer or fail by then. */
    async stop() {
      stopping.abort()
      await running
    },
  }
}
