import { expect, test } from 'vitest'
import { createLadder } from '../../faults/harness/ladder.ts'
import { seededRandom } from '../../faults/harness/random.ts'

test("a ladder's ranks are those of a sorted list, wherever the climber is", () => {
  const ladder = createLadder('test', 12, 5)
  const random = seededRandom(3)
  for (let round = 0; round < 100; round++) {
    const score = ladder.climb(random)
    const everybody = ladder.seeds().map((row) => (row.playerId === ladder.climber ? { ...row, score } : row))
    expect(everybody).toHaveLength(ladder.total)
    const sorted = everybody.toSorted((a, b) => b.score - a.score).map((row, at) => ({ rank: at + 1, ...row }))
    expect(ladder.rows(score, 0, ladder.total)).toEqual(sorted.slice(0, 13))
    expect(ladder.rows(score, 4, 3)).toEqual(sorted.slice(4, 7))
    expect(ladder.rankOf(score)).toBe(sorted.find((row) => row.playerId === ladder.climber)!.rank)
    for (let index = 0; index < 12; index++)
      expect(ladder.rivalRank(index, score)).toBe(sorted.find((row) => row.playerId === ladder.rival(index))!.rank)
    expect(ladder.board.score(random)).toBeLessThan(sorted[12]!.score)
  }
})
