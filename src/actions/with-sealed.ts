import type { SealedReader } from './ports/entries.ts'
import type { RankIndex, RankReader, Slice, Top } from './ports/ranks.ts'

/**
 * The index for callers that ask about standings of any status: sealed ones have no list, their answers come from
 * `sealed`. Rows of them must not be applied.
 */
export function withSealed(index: RankIndex, sealed: SealedReader): RankIndex {
  const from = (of: { standings: { status: string } }): RankReader =>
    of.standings.status === 'SEALED' ? sealed : index
  return {
    ...index,
    page: (list, offset, limit) => from(list).page(list, offset, limit),
    places: (list, playerIds) => from(list).places(list, playerIds),
    around: (list, playerId, span) => from(list).around(list, playerId, span),
    count: (list, score) => from(list).count(list, score),
    async top(list, limit, known) {
      if (list.standings.status !== 'SEALED') return index.top(list, limit, known)
      return topOf(await sealed.page(list, 0, limit), known)
    },
    async totals(board, standings) {
      const isSealed = (of: { status: string }) => of.status === 'SEALED'
      const past = standings.filter(isSealed)
      const listed = standings.filter((of) => !isSealed(of))
      const [ended, going] = await Promise.all([
        past.length === 0 ? null : sealed.totals(past.map(({ id }) => id)).catch(() => null),
        index.totals(board, listed),
      ])
      const byId = new Map(listed.map(({ id }, at) => [id, going[at]!]))
      return standings.map((of) => (isSealed(of) ? ended : byId)?.get(of.id) ?? null)
    },
  }
}

// Cached pages are the same object: a watched room asks many times a second.
const revisions = new WeakMap<Slice, string>()

function topOf(slice: Slice, known: string | null): Top {
  const revision = revisions.get(slice) ?? JSON.stringify(slice)
  revisions.set(slice, revision)
  const { total, entries } = slice
  return { total, revision, entries: revision === known ? null : entries }
}
