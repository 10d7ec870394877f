import { connect } from 'node:net'

/** Sends bytes as they are and gives what came back until the connection closed or `until` was in it. */
export async function exchange(url: string, bytes: string, until?: string): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => socket.write(bytes, 'latin1'))
    let received = ''
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1')
      if (until !== undefined && received.includes(until)) socket.destroy()
    })
    socket.on('error', () => {}) // a reset connection is an answer, too
    socket.on('close', () => resolve(received))
  })
}

/** Sends bytes, waits `ms` and resets the connection. */
export async function sendAndReset(url: string, bytes: string, ms: number): Promise<void> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => {
      socket.write(bytes, 'latin1')
      setTimeout(() => socket.resetAndDestroy(), ms)
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve())
  })
}
