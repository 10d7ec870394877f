import type { BrowserContextOptions, Locator, Page } from 'playwright-core'
import { expect } from 'vitest'
import type { Page as StandingsPage } from '../../src/contract/reads.ts'
import { startChromium, type Browser } from './chromium.ts'
import type { Client } from './client.ts'
import { startStack, type Stack } from './stack.ts'
import { eventually } from './wait.ts'

export interface Spectator {
  page: Page
  /** Errors of the page and of its console, which a page that works has none of. */
  faults: string[]
  rows: Locator
  row(playerId: string): Locator
  /** What the standings show, in the order of the document, which is what readers aloud get. */
  read(): Promise<{ rank: number; playerId: string; displayName: string; score: number }[]>
  status(): Promise<string | null>
  close(): Promise<void>
}

/** Opens a page in a context of its own; `before` is a script that runs before the page's own. */
export async function openSpectator(
  browser: Browser,
  url: string,
  { before, ...options }: BrowserContextOptions & { before?: string } = {},
): Promise<Spectator> {
  const context = await browser.context({ viewport: { width: 1200, height: 800 }, ...options })
  const page = await context.newPage()
  if (before !== undefined) await page.addInitScript(before)
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(error.message))
  page.on('console', (message) => {
    // Lost connections and refused requests are told by the browser itself.
    const ofNetwork = /net::ERR_|WebSocket|status of 40[14]/.test(message.text())
    if (message.type() === 'error' && !ofNetwork) faults.push(message.text())
  })
  await page.goto(url)
  const rows = page.locator('#rows > li:not([data-leaving])')
  const read = async () => {
    const found: unknown = await page.evaluate(`[...document.querySelectorAll('#rows > li:not([data-leaving])')].map(
      (row) => ({
        rank: Number(row.querySelector('.rank').textContent),
        playerId: row.dataset.player,
        displayName: row.querySelector('.name').textContent,
        score: Number(row.querySelector('.score').textContent.replaceAll(',', '')),
      }))`)
    return found as Awaited<ReturnType<Spectator['read']>>
  }
  return {
    page,
    faults,
    rows,
    row: (playerId) => page.locator(`#rows > li[data-player="${playerId}"]`),
    read,
    status: () => page.locator('#status').textContent(),
    close: () => context.close(),
  }
}

/** Waits until a page shows what `GET .../standings` answers, in the same order and at the same places. */
export async function expectSame(spectator: Spectator, url: string): Promise<void> {
  await eventually(async () => {
    const { rows } = (await (await fetch(url)).json()) as StandingsPage
    const wanted = rows.map(({ rank, playerId, displayName, score }) => ({ rank, playerId, displayName, score }))
    expect(await spectator.read()).toEqual(wanted)
    const tops = await spectator.page.evaluate<
      number[]
    >(`[...document.querySelectorAll('#rows > li:not([data-leaving])')].map(
      (row) => row.getBoundingClientRect().top)`)
    // Seen from top to bottom as they stand in the document, none on another.
    expect(tops.every((top, index) => index === 0 || top > tops[index - 1]! + 10)).toBe(true)
  })
}

/** A server, a browser and pages for the tests of a file; `closePages` fails when one of them had a fault. */
export function spectators() {
  let stack: Stack
  let browser: Browser | undefined
  let admin: Client
  const open: Spectator[] = []

  return {
    async start() {
      stack = await startStack()
      browser = await startChromium()
      admin = await stack.client()
      return { stack, admin }
    },
    async stop() {
      await browser?.close()
      await stack?.stop()
    },
    async closePages() {
      const faults = open.flatMap((spectator) => spectator.faults)
      await Promise.all(open.splice(0).map((spectator) => spectator.close()))
      if (faults.length > 0) throw new Error(`faults in the page: ${faults.join('\n')}`)
    },
    async spectate(query: string, options = {}, url = stack.url): Promise<Spectator> {
      const spectator = await openSpectator(browser!, `${url}/${query}`, options)
      open.push(spectator)
      return spectator
    },
    /** A leaderboard with players p1 (best, `count` x 10 points) to p`count` (10 points); where its standings are read. */
    async makeBoard(id: string, count: number, definition = {}): Promise<string> {
      await admin.send('POST', '/v1/leaderboards', { id, title: id.toUpperCase(), ...definition })
      const submissions = Array.from({ length: count }, (_, n) => ({ playerId: `p${n + 1}`, score: (count - n) * 10 }))
      if (count > 0) await admin.send('POST', `/v1/leaderboards/${id}/scores/batch`, { submissions })
      return `${stack.url}/v1/leaderboards/${id}/standings`
    },
  }
}
