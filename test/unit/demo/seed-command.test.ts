import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { runSeed } from '../../../src/demo/seed.ts'

const printed: string[] = []

beforeEach(() => {
  printed.length = 0
  for (const stream of ['log', 'error'] as const) {
    vi.spyOn(console, stream).mockImplementation((line: string) => void printed.push(line))
  }
})
afterEach(() => vi.restoreAllMocks())

test('--help says what it does', async () => {
  expect(await runSeed(['--help'])).toBe(0)
  expect(printed.join('\n')).toMatch(/--seed/)
})

test.each([['--seed', 'x'], ['--seed', '-1'], ['--seed'], ['ranked'], ['--url', 'x']])(
  '%s %s is wrong usage',
  async (...args) => {
    expect(await runSeed(args)).toBe(2)
    expect(printed.join('\n')).toMatch(/usage:/)
  },
)

test('without a server it says how to start one', async () => {
  expect(await runSeed(['--url', 'http://127.0.0.1:0', '--token', 'any'])).toBe(1)
  expect(printed.join('\n')).toMatch(/npm run quickstart/)
})
