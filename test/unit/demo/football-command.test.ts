import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { runFootballDemo } from '../../../src/demo/football.ts'

const printed: string[] = []

beforeEach(() => {
  printed.length = 0
  for (const stream of ['log', 'error'] as const) {
    vi.spyOn(console, stream).mockImplementation((line: string) => void printed.push(line))
  }
})
afterEach(() => vi.restoreAllMocks())

test('--help says what it does and whose data it is', async () => {
  expect(await runFootballDemo(['--help'])).toBe(0)
  expect(printed.join('\n')).toMatch(/--speed/)
  expect(printed.join('\n')).toMatch(/martj42\/international_results, CC0/)
})

test.each([
  ['--limit', '0'],
  ['--limit', 'ten'],
  ['--limit'],
  ['--speed', '9'],
  ['--speed', '0x'],
  ['--speed', '1.5x'],
  ['--speed', 'fast'],
  ['football'],
  ['--url', 'localhost:1'],
])('%s %s is wrong usage', async (...args) => {
  expect(await runFootballDemo(args)).toBe(2)
  expect(printed.join('\n')).toMatch(/usage:/)
})

test.each([[[]], [['--speed', '100x', '--limit', '5']]])(
  'without a server it says how to start one: %j',
  async (more) => {
    // Port 0 is never served.
    expect(await runFootballDemo(['--url', 'http://127.0.0.1:0', '--token', 'any', ...more])).toBe(1)
    expect(printed.join('\n')).toMatch(/npm run quickstart/)
  },
)
