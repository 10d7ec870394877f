import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, expect, test } from 'vitest'
import { request, withRetries } from '../../../src/demo/http-client.ts'

let close: () => Promise<unknown> = async () => {}
afterEach(() => close())

async function serve(handle: (request: IncomingMessage, response: ServerResponse) => unknown): Promise<string> {
  const server = createServer((asked, response) => void handle(asked, response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  close = async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('sends method, token and body, and reads the answer', async () => {
  const url = await serve(async (asked, response) => {
    const { method, headers } = asked
    const body = await text(asked)
    response.end(JSON.stringify({ method, auth: headers.authorization ?? null, type: headers['content-type'], body }))
  })
  const sent = { name: 'Curaçao' }
  expect(await request(`${url}/x`, { method: 'POST', token: 't', body: sent })).toEqual({
    method: 'POST',
    auth: 'Bearer t',
    type: 'application/json',
    body: JSON.stringify(sent),
  })
  expect(await request(`${url}/x`)).toEqual({ method: 'GET', auth: null, body: '' })
})

test('many requests share few connections', async () => {
  const ports = new Set<number | undefined>()
  const url = await serve((asked, response) => {
    ports.add(asked.socket.remotePort)
    response.end('{}')
  })
  for (let n = 0; n < 20; n++) await request(url)
  expect(ports.size).toBe(1)
})

test('a problem becomes its code, with what is known about trying again', async () => {
  const url = await serve((_, response) => {
    response.writeHead(503, { 'retry-after': '2' })
    response.end(JSON.stringify({ code: 'OVERLOADED', detail: 'too much', retryable: true }))
  })
  await expect(request(url)).rejects.toMatchObject({
    code: 'OVERLOADED',
    message: 'OVERLOADED: too much',
    retryable: true,
    retryAfterMs: 2000,
  })
})

test.each([
  [502, 'a page', 'HTTP 502', false],
  [503, 'a page', 'HTTP 503', true],
  [200, 'no JSON', 'HTTP 200', false],
])('status %i with %j is %s', async (status, body, code, retryable) => {
  const url = await serve((_, response) => response.writeHead(status).end(body))
  await expect(request(url)).rejects.toMatchObject({ code, retryable })
})

test('a connection that ends without an answer, or within one, is NETWORK, and tried again', async () => {
  let asked = 0
  const url = await serve((_, response) => {
    asked++
    if (asked === 1) return response.destroy()
    if (asked > 2) return response.end('{"done":true}')
    response.writeHead(200, { 'content-length': '100' })
    response.write('{"done"')
    return setImmediate(() => response.destroy())
  })
  expect(await withRetries(() => request(url))).toEqual({ done: true })
  expect(asked).toBe(3)
})

test('nobody there is NETWORK', async () => {
  await expect(request('http://127.0.0.1:1/')).rejects.toMatchObject({ code: 'NETWORK', retryable: true })
})
