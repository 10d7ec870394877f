import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { histories, live } from './room-history.ts'

// Any history of a room, with messages that are lost, repeated, late, out of order or damaged: a client shows what the
// server had at the position it claims, and in the end what the server has, or it knows that it has to join again.

test('10,000 histories end equal to the server or in a join, never silently different', () => {
  const seen = { lost: 0, damage: 0 }
  fc.assert(
    fc.property(histories, (history) => {
      const begin = { id: '', score: 0, at: 0 }
      const { faults, isLost, sawDamage } = live([{ do: 'join', ...begin }, { do: 'answer', ...begin }, ...history])
      expect(faults).toEqual([])
      if (isLost) seen.lost++
      if (sawDamage) seen.damage++
    }),
    { numRuns: 10_000 },
  )
  // Histories of one kind only would prove little.
  expect(seen.lost).toBeGreaterThan(1000)
  expect(seen.lost).toBeLessThan(9000)
  expect(seen.damage).toBeGreaterThan(300)
}, 120_000)
