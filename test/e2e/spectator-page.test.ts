import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Client } from '../helpers/client.ts'
import { expectSame, spectators } from '../helpers/spectator.ts'
import type { Stack } from '../helpers/stack.ts'
import { eventually } from '../helpers/wait.ts'

let stack: Stack
let admin: Client
const { start, stop, closePages, spectate, makeBoard } = spectators()

beforeAll(async () => ({ stack, admin } = await start()))
afterAll(stop)
afterEach(closePages)

test('the first leaderboard shows up by itself, and so does its first score', async () => {
  const page = await spectate('')
  await page.page.getByText('No leaderboard yet').waitFor()
  await makeBoard('first', 0)
  await page.page.getByText('No scores yet').waitFor()
  await admin.submit('first', { playerId: 'ada', score: 7 })
  await page.row('ada').waitFor()
  expect(new URL(page.page.url()).search).toBe('?leaderboard=first&standings=GLOBAL')
})

test('the page is asked for every time, its parts never again; nothing inline, nothing from elsewhere', async () => {
  const page = await fetch(stack.url)
  expect(page.headers.get('content-security-policy')).toMatch(/^(?!.*unsafe)default-src 'self'/)
  expect(page.headers.get('cache-control')).toBe('no-cache')
  const html = await page.text()
  expect(html).not.toMatch(/<style|style=|<script(?![^>]* src=)|https?:/)
  const again = await fetch(stack.url, { headers: { 'if-none-match': page.headers.get('etag')! } })
  expect([again.status, await again.text()]).toEqual([304, ''])
  const names = [...new Set(html.match(/\/assets\/[\w.-]+/g))].sort()
  const types = ['image/svg+xml', 'text/javascript; charset=utf-8', 'text/css; charset=utf-8']
  expect(names).toHaveLength(types.length)
  for (const [index, name] of names.entries()) {
    const { headers } = await fetch(stack.url + name)
    expect([headers.get('content-type'), headers.get('cache-control')]).toEqual([
      types[index],
      'public, max-age=31536000, immutable',
    ])
  }
  for (const name of ['index.html', 'main.js', '..%2fpackage.json'])
    expect((await fetch(`${stack.url}/assets/${name}`)).status).toBe(404)
})

test('a name is text, whatever is in it', async () => {
  const standings = await makeBoard('names', 3)
  const displayName = '<img src=x onerror=alert(1)>'
  await admin.send('PUT', '/v1/players/p2', { displayName })
  const page = await spectate('?leaderboard=names&player=p2')
  const dialogs: string[] = []
  page.page.on('dialog', (dialog) => {
    dialogs.push(dialog.message())
    void dialog.dismiss()
  })
  await expectSame(page, standings)
  expect(await page.row('p2').locator('.name').textContent()).toBe(displayName)
  await eventually(async () => expect(await page.page.locator('#followed-name').textContent()).toBe(displayName))
  expect(await page.page.locator('main img').count()).toBe(0)
  expect(dialogs).toEqual([])
})

test('a link to what is not there says so and offers what is', async () => {
  const standings = await makeBoard('known', 3)
  const page = await spectate('?leaderboard=unknown')
  await page.page.getByText('There is no leaderboard “unknown” here').waitFor()
  await page.page.getByLabel('Leaderboard', { exact: true }).selectOption('known')
  await expectSame(page, standings)
  expect(new URL(page.page.url()).search).toBe('?leaderboard=known&standings=GLOBAL')
  const other = await spectate('?leaderboard=known&standings=WEEKLY')
  await other.page.getByText('These standings cannot be shown').waitFor()
  const malformed = await spectate('?leaderboard=known&standings=nonsense&player=%20no')
  await malformed.page.getByText('These standings cannot be shown').waitFor()
})

test('overlay: the first ten, no controls, nothing behind them', async () => {
  await makeBoard('stream', 15)
  const { page, rows } = await spectate('?leaderboard=stream&overlay=1')
  await rows.nth(9).waitFor()
  expect(await rows.count()).toBe(10)
  expect(await page.locator(':is(select, input, .share, .foot):visible').count()).toBe(0)
  const background =
    'getComputedStyle(document.body).backgroundColor + getComputedStyle(document.documentElement).backgroundColor'
  expect(await page.evaluate(background)).toBe('rgba(0, 0, 0, 0)'.repeat(2))
  await admin.submit('stream', { playerId: 'p15', score: 1000 })
  await eventually(async () => expect(await rows.first().getAttribute('data-player')).toBe('p15'))
  await eventually(async () => expect(await rows.count()).toBe(10))
})

test('keyboard: Tab reaches the rows, arrows choose one, Enter follows its player', async () => {
  await makeBoard('keys', 20)
  const { page, row } = await spectate('?leaderboard=keys')
  await row('p20').waitFor()
  await page.getByLabel('Player id').focus()
  await page.keyboard.press('Tab')
  await page.keyboard.press('Tab')
  const focused = () => page.evaluate('document.activeElement.parentElement.dataset.player')
  expect(await focused()).toBe('p1')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  expect(await focused()).toBe('p3')
  // The row keeps the focus wherever it goes.
  await admin.submit('keys', { playerId: 'p3', score: 1 })
  await admin.submit('keys', { playerId: 'p3', score: 900 })
  await eventually(async () => expect(await row('p3').locator('.rank').textContent()).toBe('1'))
  expect(await focused()).toBe('p3')
  await page.keyboard.press('Enter')
  await page.getByText('rank 1 of 20').waitFor()
  expect(new URL(page.url()).searchParams.get('player')).toBe('p3')
  expect(await row('p3').locator('button').getAttribute('aria-pressed')).toBe('true')
})

test('a player beyond the list is followed with its neighbours', async () => {
  await makeBoard('deep', 30, { liveLimit: 10 })
  const { page, rows } = await spectate('?leaderboard=deep')
  await rows.nth(9).waitFor()
  expect(await rows.count()).toBe(10)
  await page.getByLabel('Player id').fill('p20')
  await page.getByRole('button', { name: 'Follow', exact: true }).click()
  const neighbours = page.locator('#neighbours > li:not([data-leaving])')
  const names = () => neighbours.evaluateAll((all) => all.map((row) => (row as unknown as Row).dataset.player))
  await eventually(async () => expect(await names()).toEqual(['p17', 'p18', 'p19', 'p20', 'p21', 'p22', 'p23']))
  await admin.submit('deep', { playerId: 'p20', score: 255 })
  await page.getByText('rank 6 of 30').waitFor()
  await eventually(async () => expect(await names()).toEqual(['p3', 'p4', 'p5', 'p20', 'p6', 'p7', 'p8']))
  await page.getByLabel('Player id').fill('nobody')
  await page.keyboard.press('Enter')
  await page.getByText('not ranked here yet').waitFor()
  await admin.submit('deep', { playerId: 'nobody', score: 1 })
  await page.getByText('rank 31 of 31').waitFor()
})

test('the link restores the selection', async () => {
  await makeBoard('share', 12, { types: ['GLOBAL', 'WEEKLY'] })
  await makeBoard('another', 3)
  const first = await spectate('?leaderboard=another', { permissions: ['clipboard-read', 'clipboard-write'] })
  await first.row('p3').waitFor()
  await first.page.getByLabel('Leaderboard', { exact: true }).selectOption('share')
  await first.page.getByLabel('Standings', { exact: true }).selectOption('WEEKLY')
  await first.row('p5').click()
  await first.page.getByText('rank 5 of 12').waitFor()
  await first.page.getByRole('button', { name: 'Copy link' }).click()
  await first.page.getByText('Copied', { exact: true }).waitFor()
  const link = await first.page.evaluate<string>('navigator.clipboard.readText()')
  expect(new URL(link).search).toBe('?leaderboard=share&standings=WEEKLY&player=p5')

  const second = await spectate(new URL(link).search)
  await second.page.getByText('rank 5 of 12').waitFor()
  expect(await second.page.getByLabel('Leaderboard', { exact: true }).inputValue()).toBe('share')
  expect(await second.page.getByLabel('Standings', { exact: true }).inputValue()).toBe('WEEKLY')
  expect(await second.page.locator('#time-left').textContent()).toMatch(/\d/)
})

interface Row {
  dataset: Record<string, string>
}
