import { afterEach, expect, test, vi } from 'vitest'
import type { Connection, Subscriber } from '../../../src/client/connection.ts'
import { joinStandings } from '../../../src/client/join-standings.ts'
import { createRooms } from '../../../src/client/rooms.ts'
import { createModelRoom } from './model-room.ts'

afterEach(() => void vi.useRealTimers())

test('a timer that fires a moment early is set again', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  let now = 0
  vi.spyOn(performance, 'now').mockImplementation(() => now)
  const room = createModelRoom(3)
  const joins: object[] = []
  const subscribers = new Set<Subscriber>()
  const connection: Connection = {
    state: () => 'connected',
    error: () => null,
    subscribe(subscriber) {
      subscribers.add(subscriber)
      return () => void subscribers.delete(subscriber)
    },
    send<Data>(_event: string, payload: object) {
      joins.push(payload)
      return Promise.resolve(room.join(null) as Data)
    },
    subject: () => null,
    renewToken: () => false,
    closing: new AbortController().signal,
    close: () => {},
  }
  joinStandings(connection, createRooms(connection), { leaderboard: 'arena' }, () => {})
  await vi.advanceTimersByTimeAsync(0)
  room.submit('a', 1)
  room.tick()
  for (const one of subscribers) one.message?.('standings:head', room.head())
  now = 999.5
  await vi.advanceTimersByTimeAsync(1000)
  expect(joins).toHaveLength(1)
  now = 1001
  await vi.advanceTimersByTimeAsync(600)
  expect(joins).toEqual([{ leaderboard: 'arena' }, { leaderboard: 'arena', standings: 'GLOBAL', epoch: 1, seq: 0 }])
  vi.restoreAllMocks()
})
