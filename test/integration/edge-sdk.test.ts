import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { engines } from '../helpers/engines.ts'
import { startStack, type Stack } from '../helpers/stack.ts'

const origin = 'https://game.example'

describe.each(engines)('the client SDK on %s', (transport) => {
  let stack: Stack
  beforeAll(async () => {
    stack = await startStack({ transport, env: { ALLOW_SPECTATORS: 'false', ALLOWED_ORIGINS: origin } })
  })
  afterAll(async () => stack.stop())

  const get = (path: string, headers: Record<string, string> = {}, url = stack.url) =>
    fetch(url + path, { headers, redirect: 'manual' })
  const where = async () => (await get('/sdk/rankpulse.js')).headers.get('location')!

  test('an address that stays sends on to one whose content never changes', async () => {
    const entry = await get('/sdk/rankpulse.js')
    expect([entry.status, entry.headers.get('cache-control'), await entry.text()]).toEqual([302, 'no-cache', ''])
    const { version } = (await (await get('/health')).json()) as { version: string }
    const location = await where()
    expect(location).toMatch(new RegExp(`^/sdk/rankpulse-${version.replaceAll('.', '\\.')}-[A-Z0-9]{8}\\.js$`))
    expect(await where()).toBe(location)

    const file = await get(location)
    expect(file.status).toBe(200)
    expect(Object.fromEntries(file.headers)).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
      'x-content-type-options': 'nosniff',
    })
    expect(await file.text()).toMatch(/export\s*\{[^}]*as createClient[^}]*\}/)
    const again = await get(location, { 'if-none-match': file.headers.get('etag')! })
    expect([again.status, await again.text()]).toEqual([304, ''])
    const head = await fetch(stack.url + location, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-type'), await head.text()]).toEqual([
      200,
      'text/javascript; charset=utf-8',
      '',
    ])
  })

  test('pages of allowed origins may import it, also when a cache got it for somebody else', async () => {
    const location = await where()
    const any = await stack.addServer({ ALLOWED_ORIGINS: '*' })
    for (const path of ['/sdk/rankpulse.js', location]) {
      const readers = async (headers: Record<string, string>, url?: string) => {
        const answer = await get(path, headers, url)
        return [answer.headers.get('access-control-allow-origin'), answer.headers.get('vary')]
      }
      expect(await readers({ origin })).toEqual([origin, 'Origin'])
      expect(await readers({ origin: 'https://evil.example' })).toEqual([null, 'Origin'])
      expect(await readers({})).toEqual([null, 'Origin'])
      expect(await readers({ origin }, any.url)).toEqual(['*', null])
      expect(await readers({}, any.url)).toEqual(['*', null])
    }
  })

  test('there is nothing else', async () => {
    const names = ['rankpulse-0.0.0-AAAAAAAA.js', 'index.js', 'index.html', '..%2f..%2fpackage.json', '', '%00']
    for (const name of names) {
      const answer = await get(`/sdk/${name}`)
      expect([name, answer.status]).toEqual([name, 404])
      expect(await answer.json()).toMatchObject({ code: 'NOT_FOUND' })
    }
  })

  test('the page and the SDK, asked for at once of a server that has just started, are both there', async () => {
    const fresh = await stack.addServer()
    const answers = await Promise.all(['/', '/sdk/rankpulse.js'].map((path) => get(path, {}, fresh.url)))
    expect(answers.map(({ status }) => status)).toEqual([200, 302])
  })
})
