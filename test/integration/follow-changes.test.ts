import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest'
import type { Changed, ChangesSeen } from '../../src/actions/ports/changes.ts'
import { createChangeFollower } from '../../src/jobs/follow-changes.ts'
import { createLog } from '../../src/log.ts'
import { createChangeStore, noteChanged } from '../../src/postgres/repair/changes.ts'
import { connectPool, keyedAccess, type Pool } from '../../src/postgres/connection/client.ts'
import { cloneDatabase } from '../helpers/database.ts'
import { gated } from '../helpers/gate.ts'
import { eventually } from '../helpers/wait.ts'

// What was changed is noted with the change itself, and read by snapshots: in whatever order transactions end.

const log = createLog({ level: 'fatal', pretty: false })
let database: Awaited<ReturnType<typeof cloneDatabase>>
let pool: Pool
beforeAll(async () => {
  database = await cloneDatabase(inject('postgresUrl'))
  const times = { connectTimeoutMs: 20_000, statementTimeoutMs: 0 }
  pool = connectPool(database.url, { name: 'test', max: 10, ...times, settings: keyedAccess })
})
afterAll(async () => {
  await pool.end(1)
  await database.drop()
})
afterEach(async () => void (await pool.sql`delete from changes`))

const note = (id: string) => noteChanged(pool.sql, { players: [id] })
const named = (changes: Changed[] | 'all'): string[] =>
  changes === 'all' ? ['everything'] : changes.flatMap((one) => one.players ?? [])

describe('what became visible', () => {
  test('is told once, also of a transaction that began before what was seen and ended after it', async () => {
    const store = createChangeStore(pool.sql)
    let [noted, commit] = [() => {}, () => {}]
    const written = new Promise<void>((resolve) => (noted = resolve))
    const held = new Promise<void>((resolve) => (commit = resolve))
    const early = pool.sql.begin(async (tx) => {
      await noteChanged(tx, { players: ['early'] })
      noted()
      await held
    })
    await written
    await note('before')
    const first = await store.since(null)
    expect(first.changes).toBe('all')
    await note('after')
    const second = await store.since(first.seen)
    expect(named(second.changes)).toEqual(['after'])
    commit()
    await early
    const third = await store.since(second.seen)
    expect(named(third.changes)).toEqual(['early'])
    expect(named((await store.since(third.seen)).changes)).toEqual([])
  })

  test('is told once, whatever transactions go on', async () => {
    const store = createChangeStore(pool.sql)
    let { seen } = await store.since(null)
    const read: string[] = []
    const look = async () => {
      const answer = await store.since(seen)
      seen = answer.seen
      read.push(...named(answer.changes))
    }
    const written: string[] = []
    const writers = Array.from({ length: 6 }, async (_, writer) => {
      for (let round = 0; round < 40; round++) {
        const id = `${writer}-${round}`
        await pool.sql.begin(async (tx) => {
          await noteChanged(tx, { players: [id] })
          await sleep(((writer * 7 + round * 3) % 5) * 4)
        })
        written.push(id)
      }
    })
    const writing = Promise.all(writers).then(() => 'done')
    while ((await Promise.race([writing, sleep(1, 'goes on')])) !== 'done') await look()
    await look()
    expect(read.toSorted()).toEqual(written.toSorted())
  })

  test.each<[string, (seen: ChangesSeen) => ChangesSeen]>([
    ['was last read too long ago', (seen) => ({ ...seen, at: seen.at - 1_801_000 })],
    [
      'is of a database that was set back',
      (seen) => ({ ...seen, snapshot: seen.snapshot.replace(/\d+/g, (id) => String(BigInt(id) + 1000n)) }),
    ],
  ])('is all when it %s', async (_, change) => {
    const store = createChangeStore(pool.sql)
    const { seen } = await store.since(null)
    expect((await store.since(change(seen))).changes).toBe('all')
  })

  test('is kept for an hour', async () => {
    const store = createChangeStore(pool.sql)
    const { seen } = await store.since(null)
    await note('old')
    await pool.sql`update changes set at = at - interval '61 minutes'`
    await note('new')
    await store.purge()
    expect(named((await store.since(seen)).changes)).toEqual(['new'])
  })
})

describe('a follower', () => {
  const follow = (store = createChangeStore(pool.sql)) => {
    const dropped: (Changed | 'all')[] = []
    const drop = (what: Changed | 'all') => void dropped.push(what)
    return { dropped, follower: createChangeFollower({ store, drop, intervalMs: 50, log }) }
  }

  test('drops everything at first, then what was changed', async () => {
    const { dropped, follower } = follow()
    follower.start()
    await eventually(() => expect(dropped).toEqual(['all']))
    await note('a')
    await eventually(() => expect(dropped).toEqual(['all', { players: ['a'] }]))
    await follower.stop()
  })

  test('forgets what it was reading when the database is replaced', async () => {
    const gate = gated(createChangeStore(pool.sql))
    const { dropped, follower } = follow(gate.store)
    await follower.look()
    const held = gate.hold('since')
    const looking = follower.look()
    await held.reached
    follower.forget()
    held.release()
    await looking
    await follower.look()
    expect(dropped).toEqual(['all', 'all'])
  })
})
