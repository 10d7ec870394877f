import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import type { Page } from '../../src/contract/reads.ts'
import { runSeed } from '../../src/demo/seed.ts'
import { startStack } from '../helpers/stack.ts'

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

/** Runs `seed`; the first number beside each label of what it read back. */
async function seed() {
  printed.length = 0
  const code = await runSeed(['--url', stack.url, '--token', await stack.token('admin', 'seed-test')])
  const output = printed.join('\n')
  // What stands before it are lines of progress, with rates.
  const summary = output.slice(output.indexOf('\nplayers '))
  const count = (label: string) => Number(new RegExp(`^${label} +(\\d+)`, 'm').exec(summary)?.[1])
  const counts = Object.fromEntries(['players', 'matches', 'results', 'entries'].map((label) => [label, count(label)]))
  return { code, output, summary, counts }
}

async function page(leaderboard: string, standings: string): Promise<Page> {
  const response = await fetch(`${stack.url}/v1/leaderboards/${leaderboard}/standings?standings=${standings}`)
  expect(response.status).toBe(200)
  return (await response.json()) as Page
}

/** Of everything that the seed leaves behind. */
async function kept() {
  const [row] = await stack.sql<Record<string, string>[]>`
    select (select count(*) from players) as players, (select count(*) from matches) as matches,
      (select count(*) from match_results) as results, (select count(*) from leaderboard_entries) as entries,
      (select count(*) from submissions) as ledger, (select count(*) from seasons) as seasons,
      (select count(*) from moderation_log) as steps`
  return row
}

test('once and twice: the same counts, read back from the server', async () => {
  const first = await seed()
  expect({ code: first.code, output: first.output }).toMatchObject({ code: 0 })
  expect(first.counts).toMatchObject({ players: 20, matches: 30 })
  expect(first.counts['results']).toBeGreaterThanOrEqual(250)
  expect(first.counts['results']).toBeLessThanOrEqual(300)
  // Each player in each of six types; a run over midnight UTC makes a day more.
  expect(first.counts['entries']).toBeGreaterThanOrEqual(120)
  expect(first.output).toMatch(/season +Season 1 - Winter Tournament, \d{4}-\d\d-01 to \d{4}-\d\d-01/)
  const rows = await kept()
  expect(rows).toMatchObject({ players: '20', matches: '30', seasons: '1' })

  const second = await seed()
  expect({ code: second.code, output: second.output }).toMatchObject({ code: 0 })
  expect(second.summary).toBe(first.summary)
  expect(await kept()).toEqual(rows)
})

test('a page of each type', async () => {
  for (const type of ['GLOBAL', 'SEASONAL', 'SEASONAL:season-1-winter-tournament', 'MONTHLY', 'WEEKLY', 'DAILY']) {
    const { total, rows } = await page('ranked', type)
    expect({ type, total }).toEqual({ type, total: 20 })
    expect(new Set(rows.map(({ playerId }) => playerId)).size).toBe(20)
  }
  const regions = await Promise.all(
    ['SA', 'EU', 'APAC', 'AFR', 'NA', 'OCE'].map((region) => page('ranked', `REGIONAL:${region}`)),
  )
  expect(regions.map(({ total }) => total)).toEqual([2, 6, 4, 2, 4, 2])

  const session = await page('ranked-kills', 'SESSION:seed-1-match-30')
  expect(session.total).toBeGreaterThanOrEqual(8)
  expect(session.total).toBeLessThanOrEqual(10)
})

test('ratings are whole and about 1200 on the average, the masters ahead', async () => {
  const { rows } = await page('ranked', 'GLOBAL')
  const mean = rows.reduce((sum, { score }) => sum + score, 0) / rows.length
  expect(Math.abs(mean - 1200)).toBeLessThan(10)
  // The band goes round with the number of the player: each fourth is a master.
  const masters = rows.slice(0, 5).filter(({ playerId }) => Number(playerId.slice(-2)) % 4 === 0)
  expect(masters.length).toBeGreaterThanOrEqual(3)
})
