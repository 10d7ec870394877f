import * as fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createConnection, type Connection } from '../../../src/client/connection.ts'
import { simulateNetwork, well, type Weather } from './simulated-network.ts'

// Any history of a network, with servers that stop, die and refuse, attempts that hang, and tokens that are late: once
// all is well a client with default settings is connected, and never did what it must not do on the way there.

let network = simulateNetwork()
vi.mock('../../../src/client/link.ts', () => ({
  openLink: (...its: Parameters<(typeof network)['openLink']>) => network.openLink(...its),
}))
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] }))
afterEach(() => void vi.useRealTimers())

/** Two pauses of 10 s, at most: for the attempt that hung, and before the next one; and what a handshake takes. */
const backWithinMs = 20_000 + 100

type Step = { do: 'cut' | 'drain' | 'renew' | 'nothing'; afterMs: number; weather: Weather | null }

const weathers: fc.Arbitrary<Weather> = fc.record({
  handshake: fc.constantFrom('open', 'open', 'fail', 'hang', 'overloaded', 'refuse'),
  token: fc.constantFrom('quick', 'quick', 'slow', 'fail', 'hang'),
  tokenLifeMs: fc.constantFrom(4000, 20_000, 3_600_000),
})
const steps: fc.Arbitrary<Step> = fc.record({
  do: fc.constantFrom('cut', 'drain', 'drain', 'renew', 'nothing'),
  afterMs: fc.oneof(fc.nat(200), fc.nat(15_000)),
  weather: fc.option(weathers),
})
const histories = fc.array(steps, { minLength: 1, maxLength: 12 })

interface Outcome {
  connection: Connection
  faults: string[]
}

async function live(history: Step[], token: 'fixed' | 'function'): Promise<Outcome> {
  network = simulateNetwork()
  const { faults } = network
  const connection = createConnection('', { token: token === 'fixed' ? 'fixed' : () => network.token() })
  let told = 'connecting'
  connection.subscribe({
    changed(state) {
      if (state !== connection.state()) faults.push(`told ${state} while it is ${connection.state()}`)
      if (told === 'closed') faults.push(`told ${state} after closed`)
      told = state
    },
  })
  const check = (when: string) => {
    if (told !== connection.state()) faults.push(`${when}: told ${told}, but it is ${connection.state()}`)
    if ((connection.state() === 'connected') !== network.links() > 0)
      faults.push(`${when}: ${connection.state()} with ${network.links()} connections`)
  }
  for (const step of history) {
    if (step.weather !== null) network.become(step.weather)
    if (step.do === 'cut') network.cut()
    if (step.do === 'drain') network.drain(500)
    if (step.do === 'renew') connection.renewToken()
    await vi.advanceTimersByTimeAsync(step.afterMs)
    check(`after ${step.do}`)
  }
  network.become(well)
  const until = performance.now() + backWithinMs
  while (connection.state() !== 'closed' && connection.state() !== 'connected' && performance.now() < until)
    await vi.advanceTimersByTimeAsync(50)
  check('when all was well')
  return { connection, faults }
}

test.each(['fixed', 'function'] as const)(
  'with a %s token a client is connected once all is well',
  async (token) => {
    const seen = { connected: 0, closed: 0 }
    await fc.assert(
      fc.asyncProperty(histories, async (history) => {
        const { connection, faults } = await live(history, token)
        const state = connection.state()
        const handshakes = network.handshakes()
        const expected = state === 'closed' ? 'closed' : 'connected'
        connection.close()
        network.drain(0)
        await vi.advanceTimersByTimeAsync(60_000)
        expect({ faults, state }).toEqual({ faults: [], state: expected })
        expect([connection.state(), network.links(), network.handshakes()]).toEqual(['closed', 0, handshakes])
        seen[expected]++
      }),
      { numRuns: 300 },
    )
    expect(seen.connected).toBeGreaterThan(50)
    expect(seen.closed).toBeGreaterThan(3)
  },
  120_000,
)
