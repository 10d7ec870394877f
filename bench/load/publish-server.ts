import { createServer } from 'node:http'
import { WebSocketServer, type WebSocket } from 'ws'
import { loadUws } from '../../src/transport/load-uws.ts'

// A server whose only work is to send the same messages to everybody at a fixed rate: what fan-out costs at least.

export interface PublishServer {
  transport: 'uws' | 'node'
  messages: string[]
  /** Milliseconds between messages. */
  everyMs: number
}

process.once('message', ({ transport, messages, everyMs }: PublishServer) => {
  const publish = transport === 'node' ? onNode() : onUws()
  let n = 0
  setInterval(() => publish(messages[n++ % messages.length]!), everyMs)
})
process.once('disconnect', () => process.exit())

function onNode(): (message: string) => void {
  const server = createServer()
  const sockets = new Set<WebSocket>()
  new WebSocketServer({ server, perMessageDeflate: false }).on('connection', (socket) => sockets.add(socket))
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as { port: number }).port))
  return (message) => sockets.forEach((socket) => socket.send(message))
}

function onUws(): (message: string) => void {
  const loaded = loadUws()
  if (!('uws' in loaded)) throw new Error(loaded.reason)
  const { uws } = loaded
  const app = uws.App().ws('/*', { open: (socket) => void socket.subscribe('all') })
  app.listen('127.0.0.1', 0, (token) => {
    if (token !== false) process.send?.(uws.us_socket_local_port(token))
  })
  return (message) => void app.publish('all', message)
}
