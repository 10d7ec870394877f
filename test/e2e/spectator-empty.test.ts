import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Client } from '../helpers/client.ts'
import { spectators, type Spectator } from '../helpers/spectator.ts'
import type { Stack } from '../helpers/stack.ts'
import { eventually } from '../helpers/wait.ts'

let stack: Stack
let admin: Client
const { start, stop, closePages, spectate, makeBoard } = spectators()

beforeAll(async () => ({ stack, admin } = await start()))
afterAll(stop)
afterEach(closePages)

const phone = { viewport: { width: 360, height: 740 }, colorScheme: 'dark' } as const
const commandsOf = ({ page }: Spectator) => page.locator('#steps pre').allTextContents()
/** In a shell, as somebody who copies it would. */
const enter = (command: string) =>
  promisify(execFile)('bash', ['-c', command], { env: { ...process.env, AUTH_SECRET: stack.env['AUTH_SECRET'] } })
const overflow = ({ page }: Spectator) =>
  page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth')

test('an empty server says how to fill it, and what it says works', async () => {
  const pages = [await spectate(''), await spectate('', phone)]
  for (const page of pages) {
    await page.page.getByText('No leaderboard yet').waitFor()
    expect((await commandsOf(page)).slice(0, 2)).toEqual(['npm run demo -- goals', 'npm run seed'])
    expect(await page.page.locator('#steps-more a').getAttribute('href')).toBe('/docs')
    expect(await overflow(page)).toBe(0)
  }
  await enter((await commandsOf(pages[0]!))[2]!)
  for (const page of pages) await page.page.getByText('No scores yet').waitFor()
  await enter((await commandsOf(pages[0]!))[0]!)
  for (const page of pages) {
    await page.row('ada').waitFor()
    expect(await page.page.locator('#steps').isVisible()).toBe(false)
  }
})

test.each([
  ['sessions', ['SESSION'], '', 'standings=SESSION:final'],
  ['regions', ['GLOBAL', 'REGIONAL'], '&standings=REGIONAL:US', 'standings=REGIONAL:US'],
])('%s without scores say how to get one', async (id, types, query, found) => {
  await makeBoard(id, 0, { types })
  const page = await spectate(`?leaderboard=${id}${query}`, phone)
  await page.page.locator('#steps pre').first().waitFor()
  expect(await overflow(page)).toBe(0)
  for (const command of await commandsOf(page)) if (command.includes('curl')) await enter(command)
  await page.row('ada').waitFor()
  expect(new URL(page.page.url()).search).toContain(found)
})

test('commands that somebody is about to copy stay as they are', async () => {
  await makeBoard('copied', 0)
  const { page } = await spectate('?leaderboard=copied')
  await page.locator('#steps pre').first().waitFor()
  await page.evaluate(`getSelection().selectAllChildren(document.querySelector('#steps pre'))`)
  const selected = await page.evaluate<string>('getSelection().toString()')
  expect(selected).toMatch(/curl/)
  await admin.send('PATCH', '/v1/leaderboards/copied', { description: 'Now' })
  await page.getByText('Now', { exact: true }).waitFor()
  expect(await page.evaluate<string>('getSelection().toString()')).toBe(selected)
})

test('a description shows up, changes and goes while the page is open', async () => {
  await makeBoard('replayed', 3)
  const spectator = await spectate('?leaderboard=replayed')
  const { page } = spectator
  await spectator.row('p3').waitFor()
  const description = page.locator('#description')
  expect(await description.isVisible()).toBe(false)
  for (const day of ['12 June 1938', '19 June 1938', '<b>1950</b>']) {
    await admin.send('PATCH', '/v1/leaderboards/replayed', { description: `Data: CC0 1.0 · ${day}` })
    await eventually(async () => expect(await description.textContent()).toBe(`Data: CC0 1.0 · ${day}`))
    expect(await description.isVisible()).toBe(true)
  }
  await admin.send('PATCH', '/v1/leaderboards/replayed', { description: '', title: 'Another title' })
  await page.getByRole('heading', { name: 'Another title' }).waitFor()
  expect(await description.isVisible()).toBe(false)
  const chosen = page.getByLabel('Leaderboard', { exact: true }).locator('option:checked')
  expect(await chosen.textContent()).toBe('Another title')
})

test('a period that ended without scores asks for none', async () => {
  await makeBoard('ended', 0, { types: ['WEEKLY'] })
  const { page } = await spectate('?leaderboard=ended&standings=WEEKLY:2026-W02')
  await page.getByText('No scores', { exact: true }).waitFor()
  expect(await page.locator('#steps').isVisible()).toBe(false)
})
