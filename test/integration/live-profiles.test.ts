import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Client } from '../helpers/client.ts'
import { follow } from '../helpers/follower.ts'
import { startStack, type Stack } from '../helpers/stack.ts'
import { eventually } from '../helpers/wait.ts'

// A live room whose publisher waits for Redis while a profile changes: what it reads is older than the change.

const tickMs = 50
let stack: Stack
let admin: Client
beforeAll(async () => {
  stack = await startStack({ env: { REDIS_COMMAND_TIMEOUT: '20000' } })
  admin = await stack.client()
})
afterAll(async () => stack.stop())

const whileRedisWaits = async (change: () => Promise<void>) => {
  stack.redis.pause()
  await sleep(4 * tickMs)
  try {
    await change()
  } finally {
    stack.redis.resume()
  }
}

test.each(['DAILY', 'GLOBAL'])('a %s room shows a rename and a move that come while it reads', async (type) => {
  const id = `profiles-${type.toLowerCase()}`
  const definition = { id, tickMs, types: ['GLOBAL', 'DAILY'] }
  expect((await admin.send('POST', '/v1/leaderboards', definition)).status).toBe(201)
  const playerId = `${id}.p`
  await admin.submit(id, { playerId, score: 1 })
  const follower = await follow(stack.url, { leaderboard: id, standings: type })
  // One round in some meets another call of the publisher than the one that reads.
  for (let round = 1; round <= 6; round++) {
    const profile = { displayName: `Name ${Math.ceil(round / 2)}`, region: round % 2 === 0 ? 'EU' : 'US' }
    await whileRedisWaits(async () => {
      expect((await admin.send('PUT', `/v1/players/${playerId}`, profile)).status).toBe(200)
    })
    await eventually(() => expect(follower.rows()).toEqual([{ playerId, score: 1, ...profile }]), 8000)
  }
  expect(follower.faults).toEqual([])
  follower.close()
})
