import { createRequire } from 'node:module'
import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

// engine.io's own client library; Node 20 has no WebSocket of its own.
const { WebSocket } = createRequire(import.meta.url)('ws') as {
  WebSocket: new (url: string) => {
    _socket: Socket
    readyState: number
    send(data: string | Buffer, done?: (error?: Error) => void): void
    terminate(): void
    on(event: 'open' | 'close' | 'error', listener: () => void): void
    on(event: 'message', listener: (data: Buffer) => void): void
  }
}

export interface RawSocket {
  /** Everything received so far. */
  frames: string[]
  send(frame: string | Buffer): void
  /** Sends a frame `count` times and waits until they left this process or the connection is gone. */
  sendMany(frame: string, count: number): Promise<void>
  /** Resolves when a frame like that came or the connection closed. */
  received(wanted: (frame: string) => boolean): Promise<void>
  isOpen(): boolean
  /** Reads no more. */
  pause(): void
  terminate(): void
}

/** A bare WebSocket to the Socket.IO endpoint, past engine.io's handshake; sends what it is given. */
export async function openWebSocket(url: string): Promise<RawSocket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`)
  const frames: string[] = []
  const isOpen = () => socket.readyState === 1
  socket.on('error', () => {})
  socket.on('message', (data) => frames.push(data.toString()))
  await new Promise<void>((resolve, reject) => {
    socket.on('open', resolve)
    socket.on('close', () => reject(new Error('was not let in')))
  })
  const closed = new Promise<void>((resolve) => socket.on('close', resolve))
  return {
    frames,
    isOpen,
    send: (frame) => isOpen() && socket.send(frame),
    async sendMany(frame, count) {
      const left = new Promise<void>((resolve) => {
        for (let sent = 1; sent < count; sent++) socket.send(frame)
        socket.send(frame, () => resolve())
      })
      await Promise.race([left, closed])
    },
    async received(wanted) {
      while (!frames.some(wanted) && isOpen()) await delay(5)
    },
    pause: () => socket._socket.pause(),
    terminate: () => socket.terminate(),
  }
}
