import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { inventPlayers } from '../../src/demo/live-names.ts'
import { startChromium, type Browser } from '../helpers/chromium.ts'
import type { Client } from '../helpers/client.ts'
import { openSpectator } from '../helpers/spectator.ts'
import { startStack, type Stack } from '../helpers/stack.ts'
import { eventually } from '../helpers/wait.ts'

// The pictures of the documentation: `npm run screenshots`.
const folder = process.env['SCREENSHOTS']

// Plain bands, bright and dark: a picture of a video would be a large file.
const video = 'linear-gradient(115deg, #16324f 38%, #2f6f6d 38% 62%, #d9a441 62% 84%, #f3ead7 84%) fixed'
const scenes = [
  { name: 'light', query: '?leaderboard=arena&player=live-047', width: 1200, height: 760 },
  { name: 'dark', query: '?leaderboard=arena&standings=WEEKLY&player=live-003', width: 1200, height: 760, dark: true },
  { name: 'phone', query: '?leaderboard=arena&standings=WEEKLY', width: 360, height: 740 },
  { name: 'overlay', query: '?leaderboard=arena&overlay=1&player=live-021', width: 640, height: 660, behind: video },
]

let stack: Stack
let browser: Browser
let admin: Client

beforeAll(async () => {
  if (folder === undefined) return
  mkdirSync(folder, { recursive: true })
  stack = await startStack()
  browser = await startChromium()
  admin = await stack.client()
  const types = ['GLOBAL', 'WEEKLY', 'DAILY', 'REGIONAL']
  await admin.send('POST', '/v1/leaderboards', { id: 'arena', title: 'Arena', operator: 'sum', types })
  const players = inventPlayers(200)
  for (const { playerId, ...profile } of players) await admin.send('PUT', `/v1/players/${playerId}`, profile)
  // Spread without a pattern that the names share.
  await score((n) => 400 + ((n * n * 7919 + n * 104_729) % 4001))
})
afterAll(async () => {
  await browser?.close()
  await stack?.stop()
})

/** Adds points for every player, or for those who get any. */
async function score(points: (n: number) => number): Promise<void> {
  const submissions = inventPlayers(200).map(({ playerId }, n) => ({ playerId, score: points(n) }))
  await admin.send('POST', '/v1/leaderboards/arena/scores/batch', {
    submissions: submissions.filter((submission) => submission.score > 0),
  })
}

test.runIf(folder !== undefined).each(scenes)('$name', async ({ name, query, width, height, dark, behind }) => {
  const spectator = await openSpectator(browser, `${stack.url}/${query}`, {
    viewport: { width, height },
    colorScheme: dark ? 'dark' : 'light',
  })
  const { page, rows } = spectator
  await rows.nth(9).waitFor()
  if (behind !== undefined) await page.evaluate(`document.documentElement.style.background = '${behind}'`)
  await score((n) => (n % 3 === 1 ? 20 + ((n * 137) % 300) : 0))
  await page.locator('#rows > [data-moved]').first().waitFor()
  // Until nothing glides any more; marks are still there.
  await eventually(async () =>
    expect(
      await page.evaluate('document.getAnimations().filter((one) => one.transitionProperty === "transform").length'),
    ).toBe(0),
  )
  await page.screenshot({ path: join(folder!, `spectator-${name}.png`) })
  await spectator.close()
  expect(spectator.faults).toEqual([])
})
