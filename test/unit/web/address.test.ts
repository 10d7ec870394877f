import { expect, test } from 'vitest'
import { addressOf, readAddress } from '../../../src/web/address.ts'

test('what an address says comes back as the same address', () => {
  const address = '/?leaderboard=arena&standings=WEEKLY:2026-W47&player=p.1&overlay=1'
  const selection = { leaderboard: 'arena', standings: 'WEEKLY:2026-W47', player: 'p.1', overlay: true }
  expect(readAddress(address.slice(1))).toEqual(selection)
  expect(addressOf(selection)).toBe(address)
})

test('nothing said is nothing selected', () => {
  const nothing = { leaderboard: null, standings: null, player: null, overlay: false }
  expect(readAddress('')).toEqual(nothing)
  expect(readAddress('?leaderboard=&overlay=0&other=1')).toEqual(nothing)
  expect(addressOf(nothing)).toBe('/')
})

test('hostile values stay values', () => {
  const selection = { leaderboard: 'a&b="><script>', standings: 'SESSION:x y', player: null, overlay: false }
  expect(readAddress(addressOf(selection).slice(1))).toEqual(selection)
})
