import { isDeepStrictEqual } from 'node:util'
import * as fc from 'fast-check'
import {
  follow,
  notJoined,
  positionOf,
  wakeAt,
  type FollowState,
  type RoomInput,
  type RoomMessage,
} from '../../../src/client/follow-room.ts'
import type { Delta, Joined } from '../../../src/contract/live.ts'
import { createModelRoom } from './model-room.ts'

const limit = 4

/** What may happen to a room, to the messages on their way (`at` picks one), and to the client. */
interface Step {
  do:
    | ('submit' | 'remove' | 'rename' | 'tick' | 'head' | 'epoch' | 'back')
    | ('deliver' | 'drop' | 'repeat' | 'delay' | 'damage')
    // An ack is made when the server treats the join (`answer`) and arrives later.
    | ('join' | 'answer' | 'ack' | 'time' | 'disconnect')
  id: string
  score: number
  at: number
}

const often: [number, Step['do']][] = [
  [12, 'submit'],
  [2, 'remove'],
  [2, 'rename'],
  [12, 'tick'],
  [4, 'head'],
  [2, 'epoch'],
  [1, 'back'],
  [16, 'deliver'],
  [1, 'drop'],
  [1, 'repeat'],
  [1, 'delay'],
  [1, 'damage'],
  [2, 'join'],
  [2, 'answer'],
  [2, 'ack'],
  [2, 'time'],
  [2, 'disconnect'],
]

export const histories: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    do: fc.oneof(...often.map(([weight, what]) => ({ weight, arbitrary: fc.constant(what) }))),
    id: fc.nat(6).map((n) => `p${n}`),
    score: fc.nat(9),
    at: fc.nat(5),
  }),
  { minLength: 20, maxLength: 120 },
)

export interface Outcome {
  /** What the client showed or did and should not have. */
  faults: string[]
  /** It ended by asking for a join. */
  isLost: boolean
  sawDamage: boolean
}

/** Lets a client live through a history, then the network be good again. */
export function live(history: Step[]): Outcome {
  const server = createModelRoom(limit)
  const faults: string[] = []
  const damage = new Set<RoomMessage>()
  let sawDamage = false
  let client: FollowState = notJoined()
  let now = 0
  let way: RoomMessage[] = []
  let request: { position: ReturnType<typeof positionOf> } | null = null
  let ack: Joined | null = null

  const take = (input: RoomInput) => {
    const { held: before, distrusted } = client
    client = follow(client, input, (now += 10))
    if (damage.has(input as RoomMessage)) sawDamage = true
    const { held } = client
    if (held === null) return
    if (!isDeepStrictEqual(held.rows, server.truth(held)?.rows)) faults.push(`wrong rows at ${held.epoch}:${held.seq}`)
    // Lost, late and repeated messages are known by their positions: sums are for what nobody thought of.
    const isBack = before !== null && 'data' in input && 'epoch' in input.data && isBehind(input.data, before)
    if (client.distrusted && !distrusted && !sawDamage && !isBack) faults.push('a sum was wrong without damage')
    if (before !== null && input.type !== 'ack' && isBehind(held, before)) faults.push(`${input.type} led back`)
  }
  const send = (message: RoomMessage) => {
    // Who never asked is in no room.
    if (client.held !== null || client.phase === 'joining') way.push(message)
  }
  const join = () => {
    if (client.phase !== 'lost') return
    request = { position: positionOf(client) }
    ack = null
    take({ type: 'join' })
  }
  const answer = () => {
    if (request !== null) ack = server.join(request.position)
    request = null
  }
  const receive = () => {
    const data = ack
    ack = null
    if (data !== null) take({ type: 'ack', data })
  }

  const does: Record<Step['do'], (step: Step, at: number, picked: RoomMessage | undefined) => void> = {
    submit: ({ id, score }) => server.submit(id, score),
    remove: ({ id }) => server.remove(id),
    rename: ({ id, score }) => server.rename(id, `name ${score % 2}`),
    tick() {
      const data = server.tick()
      if (data !== null) send({ type: 'delta', data })
    },
    head: () => send({ type: 'head', data: server.head() }),
    epoch: () => send({ type: 'reset', data: server.begin() }),
    back: () => send({ type: 'reset', data: server.begin(-1) }),
    deliver() {
      const first = way.shift()
      if (first) take(first)
    },
    drop: (_, at) => void way.splice(at, 1),
    repeat: (_, __, picked) => picked && way.push(picked),
    delay: (_, at) => void way.push(...way.splice(at, 1)),
    damage(_, at, picked) {
      if (picked?.type !== 'delta' || picked.data.set.length === 0) return
      const wrong: RoomMessage = { type: 'delta', data: { ...picked.data, set: withOtherScore(picked.data.set) } }
      damage.add(wrong)
      way[at] = wrong
    },
    join,
    answer,
    ack: receive,
    time() {
      now = Math.max(now, wakeAt(client) ?? now)
      take({ type: 'time' })
    },
    disconnect() {
      way = []
      request = null
      ack = null
      take({ type: 'lost' })
    },
  }
  for (const step of history) {
    const at = step.at % Math.max(1, way.length)
    does[step.do](step, at, way[at])
  }

  answer()
  receive()
  for (const message of way) take(message)
  for (let heads = 0; heads < 3; heads++) {
    take({ type: 'head', data: server.head() })
    now += 2000
    take({ type: 'time' })
  }
  const isLost = client.phase === 'lost'
  const same = () => isDeepStrictEqual(client.held?.rows, server.rows()) && client.held?.total === server.total()
  if (!isLost && !same()) faults.push('silently different at the end')

  join()
  answer()
  receive()
  if (client.phase !== 'live' || !same()) faults.push('not whole after another join')
  return { faults, isLost, sawDamage }
}

type Position = { epoch: number; seq: number }

function isBehind(one: Position, other: Position): boolean {
  return (one.epoch - other.epoch || one.seq - other.seq) < 0
}

function withOtherScore([first, ...rest]: Delta['set']): Delta['set'] {
  if (first === undefined) return rest
  const [index, playerId, score, profile] = first
  return [profile ? [index, playerId, score + 1, profile] : [index, playerId, score + 1], ...rest]
}
