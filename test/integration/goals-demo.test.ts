import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import type { LeaderboardView } from '../../src/contract/leaderboard.ts'
import type { Page } from '../../src/contract/reads.ts'
import { readGoals } from '../../src/demo/goal-file.ts'
import { runGoalsDemo } from '../../src/demo/goals.ts'
import { longDate } from '../../src/demo/world-date.ts'
import { startStack } from '../helpers/stack.ts'

// The whole demo against a real server: every goal, then every goal again.
const replayTimeoutMs = 300_000

let stack: Awaited<ReturnType<typeof startStack>>
const printed: string[] = []

beforeAll(async () => {
  stack = await startStack()
})
afterAll(() => stack.stop())

beforeEach(() => {
  printed.length = 0
  for (const stream of ['log', 'error'] as const) {
    vi.spyOn(console, stream).mockImplementation((line: string) => void printed.push(line))
  }
})
afterEach(() => vi.restoreAllMocks())

/** Runs the demo; the number printed beside each label of its summary. */
async function runDemo() {
  const code = await runGoalsDemo(['--url', stack.url, '--token', await stack.token('admin', 'goals-demo-test')])
  const summary = (label: string) => {
    const line = printed.find((text) => text.startsWith(`${label} `))
    return line === undefined ? undefined : Number(/\d[\d,]*/.exec(line)?.[0].replaceAll(',', ''))
  }
  return { code, output: printed.join('\n'), summary }
}

async function page(query: string): Promise<Page> {
  const response = await fetch(`${stack.url}/v1/leaderboards/goals/standings?${query}`)
  expect(response.status).toBe(200)
  return (await response.json()) as Page
}

/** Goals by team and name, best first; equal counts in no particular order. */
async function plainCount() {
  const counts = new Map<string, { name: string; goals: number }>()
  for (const { team, scorer, ownGoal } of await readGoals()) {
    if (ownGoal || scorer === null) continue
    const person = counts.get(`${team}\t${scorer}`) ?? { name: scorer, goals: 0 }
    person.goals++
    counts.set(`${team}\t${scorer}`, person)
  }
  return [...counts.values()].sort((a, b) => b.goals - a.goals)
}

// Equal scores may stand in any order, so compare by (score, name).
const inOrder = (rows: [number, string][]) =>
  rows.map(([goals, name]) => `${goals} ${name}`).sort((a, b) => (a < b ? -1 : 1))

async function expectRightStandings() {
  const counted = await plainCount()
  const { total, rows } = await page('limit=1000')
  expect(total).toBe(counted.length)
  expect(rows.slice(0, 20).map((row) => row.score)).toEqual(counted.slice(0, 20).map(({ goals }) => goals))
  // Whole groups of equals only: the page may end within one.
  const last = rows.at(-1)?.score ?? 0
  const shown = rows.filter((row) => row.score > last).map((row): [number, string] => [row.score, row.displayName])
  const expected = counted.filter(({ goals }) => goals > last).map(({ goals, name }): [number, string] => [goals, name])
  expect(shown.length).toBeGreaterThan(20)
  expect(inOrder(shown)).toEqual(inOrder(expected))

  const fontaine = await page('standings=SESSION:fifa-world-cup-1958&limit=2')
  expect(fontaine.rows[0]).toMatchObject({
    rank: 1,
    playerId: 'france.just-fontaine',
    displayName: 'Just Fontaine',
    score: 13,
  })
  const mbappe = await page('standings=SESSION:fifa-world-cup-2022&limit=2')
  expect(mbappe.rows[0]).toMatchObject({
    rank: 1,
    playerId: 'france.kylian-mbappe',
    displayName: 'Kylian Mbappé',
    score: 8,
  })
}

test(
  'the first run applies every goal',
  async () => {
    const { code, output, summary } = await runDemo()
    expect(output).toMatch(/CC0/)
    expect({ code, output }).toMatchObject({ code: 0 })
    expect(summary('submitted')).toBe(46_934)
    expect(summary('applied')).toBe(46_934)
    expect(summary('duplicates')).toBe(0)
    expect(output).toMatch(/936 own goals, 44 goals without a scorer/)
    const last = (await readGoals()).filter(({ ownGoal, scorer }) => !ownGoal && scorer !== null).at(-1)!.date
    const board = (await (await fetch(`${stack.url}/v1/leaderboards/goals`)).json()) as LeaderboardView
    expect(board.description).toMatch(new RegExp(`^${longDate(last)} · .*CC0 1.0`))
    expect(output).toMatch(new RegExp(`100% .* ${longDate(last)}`))
    await expectRightStandings()
  },
  replayTimeoutMs,
)

test(
  'the second run changes nothing and reports only duplicates',
  async () => {
    const { code, output, summary } = await runDemo()
    expect({ code, output }).toMatchObject({ code: 0 })
    expect(summary('duplicates')).toBe(46_934)
    expect(summary('applied')).toBe(0)
    expect(output).toMatch(/ 0 display names set/)
    await expectRightStandings()
  },
  replayTimeoutMs,
)
