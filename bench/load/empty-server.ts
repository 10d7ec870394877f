import { createServer } from 'node:http'
import { loadUws } from '../../src/transport/load-uws.ts'

// A server whose only work is to answer: the ceiling of the engine. It takes one body for each path from its parent.

export interface EmptyServer {
  transport: 'uws' | 'node'
  /** By path prefix; the longest that fits answers. POST bodies are read and dropped. */
  bodies: Record<string, string>
}

process.once('message', ({ transport, bodies }: EmptyServer) => {
  const prefixes = Object.keys(bodies).sort((a, b) => b.length - a.length)
  const bodyOf = (path: string) => bodies[prefixes.find((prefix) => path.startsWith(prefix)) ?? ''] ?? '{}'
  if (transport === 'node') onNode(bodyOf)
  else onUws(bodyOf)
})
process.once('disconnect', () => process.exit())

function onNode(bodyOf: (path: string) => string): void {
  const server = createServer((request, response) => {
    request.resume().once('end', () => {
      const body = Buffer.from(bodyOf(request.url ?? ''))
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body)
    })
  })
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as { port: number }).port))
}

function onUws(bodyOf: (path: string) => string): void {
  const loaded = loadUws()
  if (!('uws' in loaded)) throw new Error(loaded.reason)
  const { uws } = loaded
  const app = uws.App()
  app
    .get('/*', (response, request) => {
      const body = bodyOf(request.getUrl())
      response.writeStatus('200 OK').writeHeader('content-type', 'application/json').end(body)
    })
    .post('/*', (response, request) => {
      const body = bodyOf(request.getUrl())
      response.onAborted(() => undefined)
      response.onData((_chunk, isLast) => {
        if (!isLast) return
        response.cork(() => response.writeStatus('200 OK').writeHeader('content-type', 'application/json').end(body))
      })
    })
  app.listen('127.0.0.1', 0, (token) => {
    if (token !== false) process.send?.(uws.us_socket_local_port(token))
  })
}
