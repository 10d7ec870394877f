import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export interface Proxy {
  port: number
  /** Connections stay open, and nothing gets through any more: neither on them nor, until `restore`, on new ones. */
  cut(): void
  /** New connections get through; the old ones stay dead, as when a firewall has forgotten them. */
  restore(): void
  close(): Promise<void>
}

/** Stands between a client and a server on 127.0.0.1. */
export async function startProxy(target: number): Promise<Proxy> {
  let open = true
  const live = new Set<() => void>()
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    sockets.add(client)
    client.on('error', () => {})
    if (!open) {
      client.resume()
      return
    }
    const upstream = connect(target, '127.0.0.1')
    sockets.add(upstream)
    upstream.on('error', () => client.destroy())
    client.pipe(upstream).pipe(client)
    const sever = () => {
      client.unpipe(upstream)
      upstream.unpipe(client)
      client.resume() // it is read and thrown away
      upstream.destroy()
    }
    live.add(sever)
    const end = () => {
      if (live.delete(sever)) [client, upstream].forEach((socket) => socket.destroy())
    }
    client.once('close', end)
    upstream.once('close', end)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as { port: number }).port,
    cut() {
      open = false
      const all = [...live]
      live.clear()
      all.forEach((sever) => sever())
    },
    restore: () => void (open = true),
    async close() {
      const closed = new Promise((resolve) => void server.close(resolve))
      sockets.forEach((socket) => socket.destroy())
      await closed
    },
  }
}
