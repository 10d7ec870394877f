import { expect, test } from 'vitest'
import { connectionStatus } from '../../../src/web/connection-status.ts'
import { createRateMeter } from '../../../src/web/rate-meter.ts'
import { timeLeft } from '../../../src/web/time-left.ts'

test.each([
  [-1, '0:00'],
  [1, '0:01'],
  [59_999, '1:00'],
  [754_000, '12:34'],
  [3_600_000, '1 h 0 min'],
  [86_399_000, '23 h 59 min'],
  [86_400_000, '1 d 0 h'],
  [300_000_000, '3 d 11 h'],
])('%i ms are "%s"', (ms, text) => {
  expect(timeLeft(ms)).toBe(text)
})

test('a rate is that of the window, or of the time since the start when that is shorter', () => {
  const meter = createRateMeter(5000)
  meter.reset(10_000)
  for (const at of [10_100, 10_600, 11_100, 11_600]) meter.count(at)
  expect(meter.perSecond(10_700)).toBe(4)
  expect(meter.perSecond(12_000)).toBe(2)
  expect(meter.perSecond(16_000)).toBe(0.4)
  expect(meter.perSecond(30_000)).toBe(0)
})

test.each([
  [{ connection: 'connected', list: 'live' }, 'live', 'Live'],
  [{ connection: 'connected', list: 'closed' }, 'live', 'Connected'],
  [{ connection: 'connected', list: 'resuming' }, 'waiting', 'Catching up'],
  // A server on this machine is there without a network.
  [{ connection: 'connected', list: 'live', online: false }, 'live', 'Live'],
  [{ connection: 'connecting' }, 'waiting', 'Connecting'],
  [{ connection: 'connecting', reason: 'xhr' }, 'away', 'Server away'],
  [{ connection: 'reconnecting', reason: 'lost' }, 'away', 'Reconnecting'],
  [{ connection: 'reconnecting', reason: 'lost', online: false }, 'away', 'Offline'],
  [{ connection: 'closed', reason: 'this server needs a token' }, 'away', 'Refused'],
] as const)('%o is told as %s, %s', (now, tone, label) => {
  const status = connectionStatus({ reason: null, online: true, list: null, ...now })
  expect([status.tone, status.label]).toEqual([tone, label])
  expect(status.detail !== null).toBe(tone === 'away')
})
