import { frameLimit } from '../contract/events.ts'
import { framesRefused } from '../metrics.ts'

/** The events that stand in for frames that were refused by their form; see `guardFrames`. */
export const refusedFrames = { tooLarge: 'frame:too-large', binary: 'frame:binary' } as const

const connectsMax = 16
const header = /^2(?:\/[^,]*,)?\d*/

interface Packet {
  type: string
  data?: string | Buffer
}
interface Connection {
  on(event: 'packet', listener: (packet: Packet) => void): void
  close(discard?: boolean): void
}

/**
 * Looks at a connection's frames before socket.io decodes them. A frame over the limit, or one that announces binary
 * attachments, is replaced by an event without payload but with its ack id, so that its ack can say what was wrong.
 */
export function guardFrames(connection: Connection): void {
  let connects = 0
  connection.on('packet', (packet) => {
    if (packet.type !== 'message') return
    const { data } = packet
    if (typeof data !== 'string') return refuse(packet, undefined, 'binary')
    // A token is checked for every CONNECT: no client needs many on one connection.
    if (data.startsWith('0') && ++connects > connectsMax) return connection.close(true)
    if (data.startsWith('5') || data.startsWith('6')) {
      const event = data.replace(/^5\d*-/, '2')
      return refuse(packet, header.exec(event)?.[0], refusedFrames.binary)
    }
    // A UTF-16 unit is at most 3 bytes: most frames need no counting.
    if (data.length * 3 <= frameLimit || Buffer.byteLength(data) <= frameLimit) return
    refuse(packet, header.exec(data)?.[0], refusedFrames.tooLarge)
  })
}

function refuse(packet: Packet, head: string | undefined, event: string): void {
  framesRefused.inc({ reason: event.replace('frame:', '') })
  if (head === undefined) packet.type = 'ignored'
  else packet.data = `${head}["${event}"]`
}
