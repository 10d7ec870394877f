import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { runGoalsDemo } from '../../../src/demo/goals.ts'

const printed: string[] = []

beforeEach(() => {
  printed.length = 0
  for (const stream of ['log', 'error'] as const) {
    vi.spyOn(console, stream).mockImplementation((line: string) => void printed.push(line))
  }
})
afterEach(() => vi.restoreAllMocks())

test('--help says what it does and whose data it is', async () => {
  expect(await runGoalsDemo(['--help'])).toBe(0)
  expect(printed.join('\n')).toMatch(/--limit/)
  expect(printed.join('\n')).toMatch(/martj42\/international_results, CC0/)
})

test.each([['--limit', '0'], ['--limit', 'ten'], ['--limit'], ['--speed', '9'], ['goals'], ['--url', 'localhost:1']])(
  '%s %s is wrong usage',
  async (...args) => {
    expect(await runGoalsDemo(args)).toBe(2)
    expect(printed.join('\n')).toMatch(/usage:/)
  },
)

test('without a server it says how to start one', async () => {
  // Port 0 is never served.
  expect(await runGoalsDemo(['--url', 'http://127.0.0.1:0', '--token', 'any'])).toBe(1)
  expect(printed.join('\n')).toMatch(/npm run quickstart/)
})
