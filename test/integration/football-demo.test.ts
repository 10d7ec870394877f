import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import type { LeaderboardView } from '../../src/contract/leaderboard.ts'
import type { Page } from '../../src/contract/reads.ts'
import { readMatches } from '../../src/demo/football-file.ts'
import { runFootballDemo } from '../../src/demo/football.ts'
import { longDate, withDay } from '../../src/demo/world-date.ts'
import { startStack } from '../helpers/stack.ts'

// The demo against a real server: begun, continued, and run again.
const matches = 1500
const replayTimeoutMs = 240_000

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

async function runDemo(...args: string[]) {
  const token = await stack.token('admin', 'football-demo-test')
  const code = await runFootballDemo(['--url', stack.url, '--token', token, ...args])
  const summary = (label: string) => {
    const line = printed.find((text) => text.startsWith(`${label} `))
    return line === undefined ? undefined : Number(/\d[\d,]*/.exec(line)?.[0].replaceAll(',', ''))
  }
  return { code, output: printed.join('\n'), summary }
}

/** Ratings by team after the first `count` matches, straight from the formula; nothing of the server's code. */
async function plainRatings(count: number): Promise<Map<string, number>> {
  const ratings = new Map<string, number>()
  for (const { home, away, homeScore, awayScore } of (await readMatches()).slice(0, count)) {
    const a = ratings.get(home) ?? 1200
    const b = ratings.get(away) ?? 1200
    const points = homeScore! > awayScore! ? 1 : homeScore! < awayScore! ? 0 : 0.5
    const exact = 32 * (points - 1 / (1 + Math.pow(10, (b - a) / 400)))
    const change = Math.sign(exact) * Math.floor(Math.abs(exact) + 0.5)
    ratings.set(home, a + change)
    ratings.set(away, b - change)
  }
  return ratings
}

async function shownRatings(): Promise<Map<string, number>> {
  const response = await fetch(`${stack.url}/v1/leaderboards/football/standings?limit=1000`)
  expect(response.status).toBe(200)
  const { rows } = (await response.json()) as Page
  return new Map(rows.map(({ displayName, score }) => [displayName, score]))
}

async function board(): Promise<LeaderboardView> {
  return (await (await fetch(`${stack.url}/v1/leaderboards/football`)).json()) as LeaderboardView
}

const sorted = (ratings: Map<string, number>) => [...ratings].sort(([a], [b]) => (a < b ? -1 : 1))

/** Of everything that a match leaves behind. */
async function counts() {
  const [row] = await stack.sql<Record<string, string>[]>`
    select (select count(*) from submissions) as ledger, (select count(*) from matches) as matches,
      (select count(*) from match_results) as results, (select count(*) from moderation_log) as steps,
      (select max(id) from submissions) as newest`
  return row
}

const source = 'Data: github.com/martj42/international_results (CC0 1.0)'

test('a leaderboard of an earlier version gets its title and its description', async () => {
  const admin = await stack.client()
  const title = "Ratings of men's football internationals (martj42/international_results, CC0 1.0)"
  const rules = { metric: 'rating', autoVerify: true, ties: 'id' }
  expect((await admin.send('POST', '/v1/leaderboards', { id: 'football', title, ...rules })).status).toBe(201)
  expect((await runDemo('--limit', '1')).code).toBe(0)
  expect(await board()).toMatchObject({
    title: 'International football',
    description: `30 November 1872 · ${source}`,
  })
})

test("somebody's own leaderboard of that id is left alone", async () => {
  const admin = await stack.client()
  const own = await stack.client('admin', 'owner')
  await admin.send('DELETE', '/v1/leaderboards/football')
  await own.send('POST', '/v1/leaderboards', { id: 'football', title: 'Mine', metric: 'rating' })
  const { code, output } = await runDemo('--limit', '1')
  expect({ code, output }).toMatchObject({ code: 1, output: expect.stringMatching(/CONFLICT/) as string })
  expect(await board()).toMatchObject({ title: 'Mine' })
  await admin.send('DELETE', '/v1/leaderboards/football')
  await stack.sql`delete from match_results`
  await stack.sql`delete from matches`
})

test('at a pace a match waits for its day', async () => {
  const startedAt = performance.now()
  const { code, output, summary } = await runDemo('--speed', '400x', '--limit', '4')
  expect({ code, output }).toMatchObject({ code: 0 })
  expect(summary('verified')).toBe(4)
  // From 1872-11-30 to 1875-03-06 there are 826 days.
  expect(performance.now() - startedAt).toBeGreaterThan(2000)
})

test(
  'every team has the rating of a plain computation, also when the demo was stopped on its way',
  async () => {
    const begun = await runDemo('--limit', '400')
    expect(begun.output).toMatch(/CC0/)
    expect({ code: begun.code, output: begun.output }).toMatchObject({ code: 0 })
    expect(begun.summary('verified')).toBe(396)
    expect(sorted(await shownRatings())).toEqual(sorted(await plainRatings(400)))

    printed.length = 0
    const continued = await runDemo('--limit', String(matches))
    expect({ code: continued.code, output: continued.output }).toMatchObject({ code: 0 })
    expect(continued.summary('before')).toBe(400)
    expect(continued.summary('verified')).toBe(matches - 400)
    expect(continued.summary('left out')).toBe(0)
    const last = (await readMatches())[matches - 1]!.date
    expect(await board()).toMatchObject({ description: withDay(source, last) })
    expect(continued.output).toMatch(new RegExp(`100% .* ${longDate(last)}`))
    expect(sorted(await shownRatings())).toEqual(sorted(await plainRatings(matches)))
  },
  replayTimeoutMs,
)

test(
  'running it again changes nothing',
  async () => {
    const [ratings, kept, shown] = [await shownRatings(), await counts(), await board()]
    await runDemo('--limit', '10')
    expect(await board()).toEqual(shown)
    printed.length = 0
    const { code, output, summary } = await runDemo('--limit', String(matches))
    expect(await board()).toEqual(shown)
    expect({ code, output }).toMatchObject({ code: 0 })
    expect(summary('verified')).toBe(0)
    expect(summary('before')).toBe(matches)
    expect(output).toMatch(/ 0 display names set/)
    expect(await shownRatings()).toEqual(ratings)
    expect(await counts()).toEqual(kept)
    expect(kept).toMatchObject({ matches: String(matches), results: String(2 * matches) })
  },
  replayTimeoutMs,
)
