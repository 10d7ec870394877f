import { setTimeout as sleep } from 'node:timers/promises'
import type { RankedList } from '../actions/ports/ranks.ts'
import type { RunCounts } from '../actions/ports/repair.ts'
import type { Truth } from '../actions/ports/truth.ts'
import type { StoredMember, ListAuditor, StoredEntry } from '../actions/ports/lists.ts'
import type { Rebuilder } from './rebuild.ts'

export interface AuditListOptions {
  auditor: ListAuditor
  truth: Truth
  rebuilder: Pick<Rebuilder, 'restore' | 'rebuild'>
  pace(rows: number): Promise<void>
  /** As it is called now. */
  reload(list: RankedList): Promise<RankedList>
  dryRun: boolean
  onChecked(rows: number): void
}

type Difference = 'missing' | 'stale' | 'extra'
/** A first look: what Redis held, and the version that Postgres had (0 = no entry). */
interface Suspect {
  held: StoredMember
  version: number
}
interface Drifted {
  playerId: string
  held: StoredMember
  row: StoredEntry | null
}

const chunk = 500
const mendChunk = 100
// What was committed a moment ago is on its way: a difference counts when it is still there after this long.
const settleMs = 1000
// More than this is no drift but a lost list: counted without a second look, and built again.
const suspectLimit = 100_000
const mendLimit = 10_000

/**
 * Compares a list with Postgres, entry by entry and member by member, and repairs it unless it is a dry run. What is
 * written meanwhile is not taken for a difference, and no newer row is overwritten.
 */
export async function auditList(options: AuditListOptions, asked: RankedList): Promise<RunCounts> {
  const { auditor, truth, rebuilder } = options
  const counts: RunCounts = { checked: 0, missing: 0, stale: 0, extra: 0, repaired: 0 }
  const list = (await settled(options, asked)).list

  const suspects = new Map<string, Suspect>()
  let beyond = 0
  const suspect = (playerId: string, held: StoredMember, row: StoredEntry | null) => {
    if (suspects.size < suspectLimit) suspects.set(playerId, { held, version: row?.[2] ?? 0 })
    else {
      counts[differenceOf(held, row)] += 1
      beyond += 1
    }
  }
  for await (const { rows } of truth.walk(list.standings.id, chunk)) {
    const { held } = await auditor.inspect(
      list,
      rows.map(([playerId]) => playerId),
    )
    rows.forEach((row, at) => {
      if (!auditor.matches(list, held[at]!, row)) suspect(row[0], held[at]!, row)
    })
    counts.checked += rows.length
    options.onChecked(rows.length)
    await options.pace(rows.length)
  }

  const strays = new Set<string>()
  for await (const step of auditor.scan(list, chunk)) {
    for (const stray of step.strays) if (strays.size < suspectLimit) strays.add(stray)
    const known = new Set((await truth.visible(list.standings.id, step.playerIds)).map(([playerId]) => playerId))
    const unknown = step.playerIds.filter((playerId) => !known.has(playerId) && !suspects.has(playerId))
    const { held } = await auditor.inspect(list, unknown)
    unknown.forEach((playerId, at) => {
      if (held[at]!.stored !== '') suspect(playerId, held[at]!, null)
    })
    await options.pace(step.playerIds.length)
  }

  const { now, drifted, whole } = await lookAgain(options, list, suspects)
  for (const { held, row } of drifted) counts[differenceOf(held, row)] += 1
  counts.extra += strays.size
  if (!options.dryRun) {
    const mendable = whole && strays.size === 0 && beyond === 0 && drifted.length <= mendLimit
    if (mendable) counts.repaired = await mend(auditor, now, drifted)
    else {
      await rebuilder.rebuild(now, 'distrust')
      counts.repaired = counts.missing + counts.stale + counts.extra
    }
  }
  return counts
}

/** The suspects that still differ and hold what they held: the others were written meanwhile. */
async function lookAgain(
  options: AuditListOptions,
  asked: RankedList,
  suspects: Map<string, Suspect>,
): Promise<{ now: RankedList; drifted: Drifted[]; whole: boolean }> {
  const { auditor, truth } = options
  if (suspects.size > 0) await sleep(settleMs)
  const { list, whole } = await settled(options, asked)
  const drifted: Drifted[] = []
  const ids = [...suspects.keys()]
  for (let from = 0; from < ids.length; from += chunk) {
    const some = ids.slice(from, from + chunk)
    // Redis first: what it holds is committed, so Postgres, read later, has it or something newer.
    const { held } = await auditor.inspect(list, some)
    const rows = new Map((await truth.visible(list.standings.id, some)).map((row) => [row[0], row]))
    some.forEach((playerId, at) => {
      const [before, now, row] = [suspects.get(playerId)!, held[at]!, rows.get(playerId) ?? null]
      const right = row === null ? now.stored === '' : auditor.matches(list, now, row)
      if (right || now.stored !== before.held.stored || now.key !== before.held.key) return
      // Behind what is in Postgres only now: on its way. Behind what was there at the first look: lost.
      const behind = row !== null && now.key !== '' && auditor.versionOf(now) < row[2]
      if (!behind || auditor.versionOf(now) < before.version) drifted.push({ playerId, held: now, row })
    })
  }
  return { now: list, drifted, whole }
}

/** The list under its present generation, once no build of it is under way: a list that is being built is known to be lost. */
async function settled({ auditor, rebuilder, reload }: AuditListOptions, asked: RankedList) {
  let list = asked
  let { state } = await auditor.inspect(list, [])
  if (state === 'LOST') {
    list = await reload(list)
    state = (await auditor.inspect(list, [])).state
  }
  if (state === 'STAGING') {
    list = (await rebuilder.restore(list)) ?? list
    state = (await auditor.inspect(list, [])).state
  }
  return { list, whole: state === 'WHOLE' }
}

function differenceOf(held: StoredMember, row: StoredEntry | null): Difference {
  if (row === null) return 'extra'
  return held.stored === '' || held.key === '' ? 'missing' : 'stale'
}

async function mend(auditor: ListAuditor, list: RankedList, drifted: Drifted[]): Promise<number> {
  let mended = 0
  for (let from = 0; from < drifted.length; from += mendChunk) {
    const done = await auditor.mend(list, drifted.slice(from, from + mendChunk))
    mended += done.filter(Boolean).length
  }
  return mended
}
