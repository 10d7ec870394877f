import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { freePort } from '../../src/embedded/server-process.ts'
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

test('two pages show a submitted score at its new rank', async () => {
  const standings = await makeBoard('moves', 40)
  // The other is as browsers are that cannot move an element without taking it out, and does not glide.
  const other = { reducedMotion: 'reduce', before: 'delete Element.prototype.moveBefore' }
  const pages = [await spectate('?leaderboard=moves'), await spectate('?leaderboard=moves', other)]
  for (const page of pages) await expectSame(page, standings)
  const { body } = await admin.submit<{ standings: { rank: number }[] }>('moves', { playerId: 'p30', score: 375 })
  expect(body.standings[0]!.rank).toBe(4)
  for (const page of pages) {
    await eventually(async () => expect(await page.row('p30').locator('.rank').textContent()).toBe('4'))
    await expectSame(page, standings)
    expect(await page.row('p30').locator('.move').textContent()).toBe('▲26')
    expect(await page.status()).toBe('Live')
  }
  await admin.submit('moves', { playerId: 'newcomer', score: 1000 })
  for (const page of pages) await expectSame(page, standings)
})

test('off the network it says so; back on it, it shows what the server has', async () => {
  const standings = await makeBoard('offline', 30)
  const page = await spectate('?leaderboard=offline')
  await expectSame(page, standings)
  await page.page.context().setOffline(true)
  await page.page.getByText('This device is offline').waitFor()
  expect(await page.status()).toBe('Offline')
  await admin.submit('offline', { playerId: 'p25', score: 295 })
  await admin.submit('offline', { playerId: 'late', score: 5 })
  expect(await page.row('p25').locator('.rank').textContent()).toBe('25')
  await page.page.context().setOffline(false)
  await eventually(async () => expect(await page.status()).toBe('Live'))
  await expectSame(page, standings)
  expect(await page.page.locator('#banner').isHidden()).toBe(true)
})

test('a server that stops and comes back is noticed', async () => {
  const standings = await makeBoard('restart', 12)
  const port = String(await freePort())
  const server = await stack.addServer({ PORT: port })
  const page = await spectate('?leaderboard=restart', {}, server.url)
  await expectSame(page, standings)
  await server.stop()
  await page.page.getByText('The connection was lost').first().waitFor()
  await admin.submit('restart', { playerId: 'p12', score: 500 })
  await stack.addServer({ PORT: port })
  await eventually(async () => expect(await page.status()).toBe('Live'))
  await expectSame(page, standings)
})

test('the end of a period is told', async () => {
  await makeBoard('daily', 5, { types: ['DAILY'] })
  const { page, row } = await spectate('?leaderboard=daily')
  await row('p5').waitFor()
  expect(await page.locator('#period-label').textContent()).toBe('Ends in')
  // Midnight comes early for this row.
  await stack.sql`update standings set ends_at = now() + interval '1 s' where type = 'DAILY' and ends_at > now()`
  await page.getByText('This period has ended; the next one is on its way').waitFor()
  await eventually(async () => expect(await page.locator('#time-left').textContent()).toBe('ended'))
  await row('p5').waitFor()
})

test('at the end of a period the page goes on to the next one', async () => {
  // Another time zone stands for the next day: in one of these two it is a day later.
  const late = new Date().getUTCHours() >= 10
  const [before, after] = late ? ['UTC', 'Pacific/Kiritimati'] : ['Pacific/Midway', 'UTC']
  const standings = await makeBoard('rollover', 5, { types: ['DAILY'], timezone: before })
  const spectator = await spectate('?leaderboard=rollover&standings=DAILY&player=p5')
  const { page, row } = spectator
  await row('p5').waitFor()
  const day = await page.locator('#subtitle').textContent()
  await stack.sql`update standings set ends_at = now() + interval '1 s' where type = 'DAILY' and ends_at > now()`
  await stack.sql`update leaderboards set timezone = ${after} where id = 'rollover'`
  await admin.send('PATCH', '/v1/leaderboards/rollover', { title: 'Next day' })
  await page.getByText('No scores yet').waitFor()
  expect(await page.locator('#subtitle').textContent()).not.toBe(day)
  await admin.submit('rollover', { playerId: 'early', score: 1 })
  await row('early').waitFor()
  await expectSame(spectator, `${standings}?standings=DAILY`)
  expect(await page.locator('#banner').isHidden()).toBe(true)
  expect(await page.locator('#period-label').textContent()).toBe('Ends in')
  expect(await page.locator('#announcer').textContent()).toMatch(/^A new period has begun/)
  await page.getByText('not ranked here yet').waitFor()
})
