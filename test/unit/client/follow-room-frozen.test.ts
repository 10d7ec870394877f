import { isDeepStrictEqual } from 'node:util'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { follow, notJoined, positionOf, type FollowState, type RoomInput } from '../../../src/client/follow-room.ts'
import { after, ids, joinedRoom } from './joined-room.ts'
import { createModelRoom } from './model-room.ts'

// Of a room that moves on, goes back, or falls silent, a client never goes on showing a list as live that the server has
// not had for long.

/** A second of the room, and what of it arrives. */
interface Second {
  does: string
  score: number
  messages: boolean
  heads: boolean
  answers: boolean
}

const second: fc.Arbitrary<Second> = fc.record({
  does: fc.constantFrom('submit', 'submit', 'nothing', 'nothing', 'nothing', 'nothing', 'epoch', 'back'),
  score: fc.nat(50),
  messages: fc.boolean(),
  heads: fc.boolean(),
  answers: fc.boolean(),
})
/** In spells, since a loss of one message at a time is soon found out. */
const spells = fc
  .array(fc.tuple(second, fc.integer({ min: 1, max: 40 })), { minLength: 2, maxLength: 12 })
  .map((list) =>
    list.flatMap(([first, length]) =>
      Array.from({ length }, (_, at) => (at === 0 ? first : { ...first, does: 'nothing' })),
    ),
  )

/** The silence after which a client joins again, and the step of this clock. */
const longestMs = 21_000

function longestFrozen(seconds: Second[]): number {
  const server = createModelRoom(5)
  let client: FollowState = follow(notJoined(), { type: 'join' }, 0)
  client = follow(client, { type: 'ack', data: server.join(null) }, 0)
  let [frozen, longest] = [0, 0]
  for (const [at, { does, score, messages, heads, answers }] of seconds.entries()) {
    const now = (at + 1) * 1000
    const take = (input: RoomInput) => void (client = follow(client, input, now))
    if (does === 'submit') server.submit(`p${score % 7}`, score)
    const reset = does === 'epoch' || does === 'back' ? server.begin(does === 'back' ? -1 : 1) : null
    const delta = server.tick()
    if (messages && reset !== null) take({ type: 'reset', data: reset })
    if (messages && delta !== null) take({ type: 'delta', data: delta })
    if (heads && at % 2 === 0) take({ type: 'head', data: server.head() })
    take({ type: 'time' })
    if (client.phase === 'lost') {
      const position = positionOf(client)
      take({ type: 'join' })
      take(answers ? { type: 'ack', data: server.join(position) } : { type: 'lost' })
    }
    const isFrozen = client.phase === 'live' && !isDeepStrictEqual(client.held?.rows, server.rows())
    frozen = isFrozen ? frozen + 1000 : 0
    longest = Math.max(longest, frozen)
  }
  return longest
}

test('a list that the server does not have is shown as live for the time of a silence at most', () => {
  let seen = 0
  fc.assert(
    fc.property(spells, (seconds) => {
      const longest = longestFrozen(seconds)
      expect(longest).toBeLessThanOrEqual(longestMs)
      if (longest > 10_000) seen++
    }),
    { numRuns: 1000 },
  )
  expect(seen).toBeGreaterThan(10)
})

describe('a server that went back', () => {
  test('is followed, with what came before its answer', () => {
    const { server, client, change } = joinedRoom()
    const lost = after(client, { type: 'lost' })
    server.begin(-1)
    const ack: RoomInput = { type: 'ack', data: server.join(positionOf(lost)) }
    const joined = after(lost, { type: 'join' }, change('c', 50), ack)
    expect(joined).toMatchObject({ phase: 'live', held: { epoch: 0, seq: 1 } })
    expect(ids(joined)).toEqual(['c', 'a', 'b'])
  })

  test('is not taken to be behind by what came from before it did', () => {
    const { server, client, change } = joinedRoom()
    change('b', 31)
    const gap = after(client, change('c', 32))
    expect(gap.phase).toBe('lost')
    server.begin(-1)
    const joined = after(gap, { type: 'join' }, { type: 'ack', data: server.join(positionOf(gap)) })
    expect(joined).toMatchObject({ phase: 'live', held: { epoch: 0, seq: 0 } })
  })

  test('is followed within some seconds, where its heads say so', () => {
    const back = { does: 'back', score: 0, messages: true, heads: true, answers: true }
    const submit = { ...back, does: 'submit', score: 9 }
    const quiet = Array.from({ length: 20 }, () => ({ ...back, does: 'nothing' }))
    expect(longestFrozen([submit, back, { ...submit, score: 10 }, ...quiet])).toBeLessThanOrEqual(5000)
  })
})
