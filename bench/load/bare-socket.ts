import { WebSocket } from 'ws'

/**
 * A WebSocket that speaks just enough Socket.IO (protocol 5 over engine.io 4) for a load: the library's client would cost
 * several times as much, on the cores that the server needs.
 */
export interface BareSocket {
  /** Emits an event; its ack is text, such as `[{"data":...}]`. */
  request(event: string, payload: object, answered: (ack: string) => void): void
  /** Reads nothing any more. */
  stall(): void
  close(): void
}

export interface BareSocketOptions {
  url: string
  token: string | null
  /** An event of the server's to count, and what is called with each; others are dropped unread. */
  told?: { event: string; receive: (bytes: number) => void }
  /** The connection ended by itself. */
  onClose: () => void
}

/** Connects and authenticates. Rejects with what the server says. */
export function openBareSocket({ url, token, told, onClose }: BareSocketOptions): Promise<BareSocket> {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/socket.io/?EIO=4&transport=websocket`)
  const waiting = new Map<number, (ack: string) => void>()
  const expected = told === undefined ? null : `42["${told.event}"`
  let closing = false
  let acks = 0
  const bare: BareSocket = {
    request(event, payload, answered) {
      waiting.set(acks, answered)
      // Bytes go out as one buffer with their frame's head; a text would be written in two parts.
      socket.send(Buffer.from(`42${acks++}${JSON.stringify([event, payload])}`), { binary: false })
    },
    stall: () => socket.pause(),
    close() {
      closing = true
      socket.terminate()
    },
  }
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.on('close', () => closing || onClose())
    socket.on('message', (data: Buffer) => {
      if (expected !== null && data.toString('latin1', 0, expected.length) === expected)
        return told!.receive(data.length)
      const head = data.toString('latin1', 0, 2)
      if (head === '43') {
        const text = data.toString()
        const start = text.indexOf('[')
        const id = Number(text.slice(2, start))
        const answered = waiting.get(id)
        waiting.delete(id)
        return answered?.(text.slice(start))
      }
      if (head === '40') return resolve(bare)
      if (head === '44') return reject(new Error(data.toString()))
      if (head.startsWith('0')) return socket.send(token === null ? '40' : `40${JSON.stringify({ token })}`)
      return head === '2' && socket.send('3')
    })
  })
}

/** Whether an ack carries an error. */
export function isError(ack: string): boolean {
  return ack.startsWith('[{"error":')
}
