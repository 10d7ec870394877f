import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { startChromium, type Browser } from '../helpers/chromium.ts'
import { openSpectator, type Spectator } from '../helpers/spectator.ts'
import { startStack, type Stack } from '../helpers/stack.ts'
import { eventually } from '../helpers/wait.ts'

// A game's own page on a server of its own: no build step, nothing but the address of rankpulse.
const page = (url: string) => `<!doctype html>
<meta charset="utf-8"><title>game</title><link rel="icon" href="data:,"><ol id="rows"></ol><p id="state"></p>
<script type="module">
import { createClient } from '${url}/sdk/rankpulse.js'
const client = createClient('${url}')
client.onConnection((state) => (document.querySelector('#state').textContent = state))
client.joinStandings({ leaderboard: 'arena' }, (view) => {
  document.querySelector('#rows').replaceChildren(...view.rows.map(({ displayName, score }) => {
    const row = document.createElement('li')
    row.textContent = displayName + ' ' + score
    return row
  }))
})
</script>`

let allowed: Server
let foreign: Server
let stack: Stack
let browser: Browser | undefined
const open: Spectator[] = []

beforeAll(async () => {
  ;[allowed, foreign] = await Promise.all([serve(), serve()])
  stack = await startStack({ env: { ALLOWED_ORIGINS: originOf(allowed) } })
  browser = await startChromium()
})
afterAll(async () => {
  await browser?.close()
  await stack?.stop()
  for (const server of [allowed, foreign]) {
    server?.closeAllConnections()
    server?.close()
  }
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()))
})

async function serve(): Promise<Server> {
  const server = createServer((_, response) =>
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page(stack.url)),
  )
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return server
}

function originOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function visit(server: Server): Promise<Spectator> {
  const visitor = await openSpectator(browser!, originOf(server))
  open.push(visitor)
  return visitor
}

test('a plain page of another origin imports the SDK and follows a live leaderboard', async () => {
  const admin = await stack.client()
  await admin.send('POST', '/v1/leaderboards', { id: 'arena' })
  await admin.submit('arena', { playerId: 'ada', score: 7 })
  const { page: document, faults } = await visit(allowed)
  const rows = () => document.locator('#rows > li').allTextContents()
  await eventually(async () => expect(await rows()).toEqual(['ada 7']))
  await admin.submit('arena', { playerId: 'grace', score: 9 })
  await eventually(async () => expect(await rows()).toEqual(['grace 9', 'ada 7']))
  expect(await document.locator('#state').textContent()).toBe('connected')
  expect(faults).toEqual([])
})

test('a page of an origin that is not allowed gets nothing', async () => {
  const { page: document, faults } = await visit(foreign)
  await eventually(() => expect(faults.join()).toContain('blocked by CORS policy'))
  expect(await document.locator('#state').textContent()).toBe('')
})
