import type { Connection } from './connection.ts'
import { ackTimeoutMs } from './requests.ts'

/** One who follows a room. */
export interface Member {
  leaderboard: string
  /** Null before the first ack. */
  room(): string | null
  /** A join was sent and is not answered yet. */
  isJoining(): boolean
}

/** Who follows which room of a connection: several may follow one, and it is left after the last of them. */
export interface Rooms {
  enter(member: Member): void
  exit(member: Member): void
  /** A member is not in this room any more. */
  release(room: string): void
  /** A join was answered. */
  settle(): void
}

export function createRooms(connection: Connection): Rooms {
  const members = new Set<Member>()
  const released = new Set<string>()
  // A new connection is in no room.
  connection.subscribe({ connected: () => released.clear() })

  function settle(): void {
    const others = [...members]
    for (const room of released) {
      const wanted = others.some((member) => member.room() === room)
      // A join under way may lead into this very room.
      const undecided = others.some((member) => member.isJoining() && room.startsWith(`${member.leaderboard}/`))
      if (!wanted && undecided) continue
      released.delete(room)
      // A room that could not be left costs traffic, nothing else.
      if (!wanted) connection.send('standings:leave', { room }, ackTimeoutMs).catch(() => {})
    }
  }

  return {
    enter: (member) => void members.add(member),
    exit: (member) => void members.delete(member),
    release(room) {
      released.add(room)
      settle()
    },
    settle,
  }
}
