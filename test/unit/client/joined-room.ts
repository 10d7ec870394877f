import { follow, notJoined, type FollowState, type RoomInput } from '../../../src/client/follow-room.ts'
import type { Delta } from '../../../src/contract/live.ts'
import { createModelRoom } from './model-room.ts'

export function after(state: FollowState, ...inputs: RoomInput[]): FollowState {
  return inputs.reduce((before, input) => follow(before, input, 0), state)
}

/** A room with three players, and a client that has joined it. */
export function joinedRoom() {
  const server = createModelRoom(3)
  for (const [index, playerId] of ['a', 'b', 'c'].entries()) server.submit(playerId, 30 - index)
  server.tick()
  const client = after(notJoined(), { type: 'join' }, { type: 'ack', data: server.join(null) })
  const change = (playerId: string, score: number): { type: 'delta'; data: Delta } => {
    server.submit(playerId, score)
    return { type: 'delta', data: server.tick()! }
  }
  return { server, client, change }
}

export const ids = ({ held }: FollowState) => held?.rows.map(({ playerId }) => playerId)
