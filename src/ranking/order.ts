import type { Leaderboard, RankStyle, TieRule } from './leaderboard.ts'

const MAX_TIE = 2 ** 48 - 1
const ALPHABET = '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz'
/** Both characters of each value of 12 bits. */
const PAIRS = Array.from({ length: 4096 }, (_, bits) => ALPHABET.charAt(bits >> 6) + ALPHABET.charAt(bits & 63))

/** What Redis sorts by, best first when ascending; never -0, which prints as another number than 0. */
export function sortKey(board: Pick<Leaderboard, 'order'>, score: number): number {
  return board.order === 'desc' ? 0 - score : score + 0
}

/** The scaled score of a sort key; the inverse of `sortKey`. */
export function scoreOfKey(board: Pick<Leaderboard, 'order'>, key: number): number {
  return sortKey(board, key)
}

/** Of equal scores: 1, the lower ledger id is ahead; -1, the higher one; 0, ledger ids do not count. */
export function tieOrder(ties: TieRule): 1 | -1 | 0 {
  switch (ties) {
    case 'first':
      return 1
    case 'last':
      return -1
    case 'id':
      return 0
  }
}

/** Whether equal scores share the best of their ranks. */
export function sharesRanks(style: RankStyle): boolean {
  switch (style) {
    case 'competition':
      return true
    case 'ordinal':
      return false
  }
}

/** Characters that `tieKey` puts before a player id. */
export function tieWidth(ties: TieRule): 0 | 8 {
  return tieOrder(ties) === 0 ? 0 : 8
}

/**
 * Orders equal scores bytewise: `tie` is the ledger id of the change that reached the score (0 to 2^48 - 1, else
 * RangeError). Always `tieWidth` characters.
 */
export function tieKey(ties: TieRule, tie: number): string {
  if (!Number.isInteger(tie) || tie < 0 || tie > MAX_TIE) throw new RangeError(`tie ${tie} is not in 0..2^48 - 1`)
  const sign = tieOrder(ties)
  if (sign === 0) return ''
  const value = sign === 1 ? tie : MAX_TIE - tie
  const high = Math.floor(value / 2 ** 24)
  const low = value % 2 ** 24
  return pair(high >> 12) + pair(high & 4095) + pair(low >> 12) + pair(low & 4095)
}

function pair(bits: number): string {
  return PAIRS[bits] ?? ''
}

export interface OrderedEntry {
  playerId: string
  score: number
  tie: number
}

/** Comparator, best first: the order of (`sortKey`, bytes of `tieKey` + `playerId`). Player ids are ASCII. */
export function compareEntries(
  board: Pick<Leaderboard, 'order' | 'ties'>,
): (a: OrderedEntry, b: OrderedEntry) => number {
  const tieSign = tieOrder(board.ties)
  return (a, b) => {
    if (a.score !== b.score) return sortKey(board, a.score) - sortKey(board, b.score)
    if (tieSign !== 0 && a.tie !== b.tie) return tieSign * (a.tie - b.tie)
    if (a.playerId === b.playerId) return 0
    return a.playerId < b.playerId ? -1 : 1
  }
}

/**
 * Ranks of consecutive rows, best first. `offset`: zero-based position of the first of them in the whole list;
 * `firstRank`: its rank, which with `competition` may be shared with rows before it.
 */
export function assignRanks(style: RankStyle, scores: number[], offset: number, firstRank: number): number[] {
  const shared = sharesRanks(style)
  let rank = firstRank
  return scores.map((score, index) => {
    if (index > 0 && (!shared || score !== scores[index - 1])) rank = offset + index + 1
    return rank
  })
}
