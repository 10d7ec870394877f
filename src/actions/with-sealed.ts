import type { RankIndex, RankReader, Slice, Top } from './ports.ts'

/**
 * The index for callers that ask about standings of any status: sealed ones have no list, their answers come from
 * `sealed`. Rows of them must not be applied.
 */
export function withSealed(index: RankIndex, sealed: RankReader): RankIndex {
  const from = (of: { standings: { status: string } }): RankReader =>
    of.standings.status === 'SEALED' ? sealed : index
  return {
    ...index,
    page: (of, offset, limit) => from(of).page(of, offset, limit),
    places: (of, playerIds) => from(of).places(of, playerIds),
    around: (of, playerId, span) => from(of).around(of, playerId, span),
    count: (of, score) => from(of).count(of, score),
    async top(of, limit, known) {
      if (of.standings.status !== 'SEALED') return index.top(of, limit, known)
      return topOf(await sealed.page(of, 0, limit), known)
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
