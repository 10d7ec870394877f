import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RankpulseError, disconnectedError } from '../../../src/client/error.ts'
import { attemptOf, keep, notConnected, type Kept, type KeepInput } from '../../../src/client/keep-connected.ts'

const options = { minMs: 500, maxMs: 10_000, timeoutMs: 10_000, renews: true }
const lost = disconnectedError('lost')
const refused = new RankpulseError({ code: 'UNAUTHENTICATED', message: 'no', retryable: false })

function after(kept: Kept, now: number, ...inputs: KeepInput[]): Kept {
  return inputs.reduce((before, input) => keep(before, input, now, 0.5), kept)
}
/** Connected since the moment 0. */
const connected = after(
  notConnected(options),
  0,
  { type: 'time' },
  { type: 'token', attempt: 1 },
  { type: 'opened', attempt: 1, lifeMs: 3_600_000 },
)
const drain = (reconnectInMs: number): KeepInput => ({ type: 'draining', link: 1, reconnectInMs })

describe('a pause', () => {
  test('after a connection that held is all chance, then half of it', () => {
    const first = (chance: number) => keep(connected, { type: 'lost', link: 1 }, 6000, chance).next.until
    expect([first(0), first(0.5), first(1)]).toEqual([6000, 6500, 7000])
    const second = after(after(connected, 6000, { type: 'lost', link: 1 }), 6500, { type: 'time' })
    const failed = (chance: number) => keep(second, { type: 'failed', attempt: 2, error: lost }, 6500, chance)
    expect([failed(0), failed(1)].map(({ next }) => next.until)).toEqual([7000, 7500])
  })

  test('that the server asked for holds, also when it goes first', () => {
    const told = after(connected, 1000, drain(4000))
    expect(told).toMatchObject({ state: 'connected', next: { until: 5250 } })
    expect(after(told, 1100, { type: 'lost', link: 1 })).toMatchObject({ state: 'reconnecting', next: { until: 5250 } })
    const attempt = after(told, 1100, { type: 'renew' })
    expect(after(attempt, 1200, { type: 'failed', attempt: 2, error: lost }).next.until).toBe(5250)
    expect(after(attempt, 1200, { type: 'opened', attempt: 2, lifeMs: null }).next.until).toBe(Infinity)
  })

  test.each([Number.NaN, -5, 1e12, Infinity, undefined as unknown as number])('told as %s has an end', (told) => {
    const { until } = after(connected, 1000, drain(told)).next
    expect(until).toBeGreaterThanOrEqual(1000)
    expect(until).toBeLessThanOrEqual(62_000)
  })
})

test('an attempt is given up after 10 s for the token and 10 s for the handshake', () => {
  const asking = after(notConnected(options), 0, { type: 'time' })
  expect(after(asking, 9999, { type: 'time' })).toBe(asking)
  expect(after(asking, 10_000, { type: 'time' })).toMatchObject({ error: { code: 'TOKEN_UNAVAILABLE' }, link: null })
  const shaking = after(asking, 9000, { type: 'token', attempt: 1 })
  expect(after(shaking, 18_999, { type: 'time' })).toBe(shaking)
  expect(after(shaking, 19_000, { type: 'time' })).toMatchObject({ state: 'connecting', error: { code: 'TIMEOUT' } })
})

const inputs: fc.Arbitrary<KeepInput> = fc.oneof(
  ...(['token', 'opened', 'failed', 'lost', 'draining', 'renew', 'time'] as const).map((type) =>
    fc.record({
      type: fc.constant(type),
      // How far from the newest one.
      attempt: fc.constantFrom(0, 0, 0, -1, 1),
      link: fc.constantFrom(0, 0, 0, -1, 1),
      lifeMs: fc.option(fc.integer({ min: -10, max: 60_000 })),
      reconnectInMs: fc.integer(),
      error: fc.constantFrom(lost, lost, refused),
    }),
  ),
)

function faultOf(before: Kept, kept: Kept, now: number): string | null {
  const { until } = kept.next
  if (before.state === 'closed') return kept === before ? null : 'closed is not the end'
  if (kept.state === 'closed') return null
  if ((kept.state === 'connected') !== (kept.link !== null)) return `${kept.state} is not true`
  const waits = kept.link === null || attemptOf(kept) !== null
  if (waits && !(until < now + 62_000)) return 'nothing is due'
  if (until < Infinity && keep(kept, { type: 'time' }, until, 0) === kept) return 'what is due does not happen'
  return null
}

test('whatever happens, in whatever order: until it is closed something is due, and happens when it is', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(inputs, fc.nat(12_000), fc.nat(99)), { maxLength: 60 }), (history) => {
      let [kept, now] = [after(notConnected(options), 0, { type: 'time' }), 0]
      for (const [input, ms, percent] of history) {
        const before = kept
        const [attempt, link] = ['attempt' in input ? input.attempt : 0, 'link' in input ? input.link : 0]
        const named = { ...input, attempt: before.attempts + attempt, link: (before.link?.number ?? 0) + link }
        kept = keep(before, named, (now += ms), percent / 100)
        expect(faultOf(before, kept, now)).toBeNull()
      }
    }),
    { numRuns: 2000 },
  )
})
