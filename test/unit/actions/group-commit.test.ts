import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createGroupCommit, type GroupCommitOptions } from '../../../src/actions/group-commit.ts'
import { LedgerFailure } from '../../../src/actions/ports/ledger.ts'
import { createLog } from '../../../src/log.ts'

interface Item {
  key: string
  n: number
  bad: boolean
}
const item = (n: number, key = 'a', bad = false): Item => ({ key, n, bad })
const fail = (kind: LedgerFailure['kind']) => new LedgerFailure(kind, new Error(kind))

function make(options: Partial<GroupCommitOptions<Item, Item[], string>> = {}) {
  const commits: Item[][] = []
  const group = createGroupCommit<Item, Item[], string>({
    lanes: 1,
    batchMax: 100,
    queueLimit: 1000,
    deadlineMs: 60_000,
    commit: (_, items) => Promise.resolve(items),
    finish: (items) => Promise.resolve(items.map(({ n }) => `stored ${n}`)),
    log: createLog({ level: 'silent', pretty: false }),
    ...options,
    ...(options.commit && {
      commit: async (lane, items) => {
        const outcome = await options.commit!(lane, items)
        commits.push(items)
        return outcome
      },
    }),
  })
  const submit = (one: Item) => {
    const answer = group.submit(one.key, one)
    // It may be refused before the test looks at it.
    answer.catch(() => {})
    return answer
  }
  /** What each submission was answered: its result, or the code of its error. */
  const answers = async (list: Promise<string>[]) =>
    (await Promise.allSettled(list)).map((one) =>
      one.status === 'fulfilled' ? one.value : String((one.reason as { code: unknown }).code),
    )
  return { ...group, submit, answers, commits }
}

/** A promise to hold something up with. */
function gate() {
  let release: () => void = () => {}
  const opened = new Promise<void>((resolve) => (release = resolve))
  return { opened, release }
}
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
const turns = async (count: number) => {
  for (let i = 0; i < count; i++) await turn()
}

const schedules = fc.record({
  lanes: fc.integer({ min: 1, max: 3 }),
  batchMax: fc.integer({ min: 1, max: 8 }),
  // Items of a turn arrive together; an empty turn lets commits go on.
  arrivals: fc.array(
    fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd'), bad: fc.boolean() }), { maxLength: 12 }),
    { minLength: 1, maxLength: 6 },
  ),
  // How the first attempts fail.
  faults: fc.array(fc.constantFrom(null, null, 'conflict' as const, 'unavailable' as const), { maxLength: 3 }),
  slowness: fc.array(fc.nat(3), { minLength: 1, maxLength: 5 }),
})

test(
  'every good item is committed once, in the order of its key; exactly the bad ones are refused',
  { timeout: 30_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(schedules, async ({ lanes, batchMax, arrivals, faults, slowness }) => {
        const busy = new Set<number>()
        const faultsLeft = [...faults]
        let calls = 0
        const group = make({
          lanes,
          batchMax,
          async commit(lane, items) {
            expect(busy.has(lane)).toBe(false)
            busy.add(lane)
            await turns(slowness[calls++ % slowness.length]!)
            busy.delete(lane)
            const fault = faultsLeft.shift()
            if (fault) throw fail(fault)
            if (items.some(({ bad }) => bad)) throw fail('bad-data')
            return items
          },
          // Receipts may overtake each other; they still go to their own item.
          async finish(items) {
            await turns(items.length % 3)
            return items.map(({ n }) => `stored ${n}`)
          },
        })
        const sent: Item[] = []
        const waiting: Promise<string>[] = []
        for (const arrival of arrivals) {
          for (const { key, bad } of arrival) {
            sent.push(item(sent.length, key, bad))
            waiting.push(group.submit(sent.at(-1)!))
          }
          await turn()
        }
        expect(await group.answers(waiting)).toEqual(sent.map(({ n, bad }) => (bad ? 'VALIDATION' : `stored ${n}`)))
        expect(group.waiting()).toBe(0)
        expect(group.commits.every((batch) => batch.length <= batchMax)).toBe(true)
        for (const key of ['a', 'b', 'c', 'd'])
          expect(group.commits.flat().filter((one) => one.key === key)).toEqual(
            sent.filter((one) => one.key === key && !one.bad),
          )
        await group.drain()
      }),
      { numRuns: 150 },
    )
  },
)

test('what arrives together shares a commit, and so does what waits for the one in flight', async () => {
  const held = gate()
  const group = make({ commit: (_, items) => held.opened.then(() => items) })
  const list = [item(0), item(1)].map(group.submit)
  await turns(2)
  list.push(...[item(2), item(3), item(4)].map(group.submit))
  held.release()
  await Promise.all(list)
  expect(group.commits.map((batch) => batch.map(({ n }) => n))).toEqual([
    [0, 1],
    [2, 3, 4],
  ])
  await group.drain()
})

test('a lane does not wait for the receipts of its last commit', async () => {
  const held = gate()
  const group = make({
    commit: (_, items) => Promise.resolve(items),
    finish: (items) => (items[0]!.n === 0 ? held.opened : Promise.resolve()).then(() => items.map(({ n }) => `${n}`)),
  })
  const first = group.submit(item(0))
  await turn()
  expect(await group.submit(item(1))).toBe('1')
  expect(group.waiting()).toBe(1)
  held.release()
  expect(await first).toBe('0')
  await group.drain()
})

describe('past its limits', () => {
  test('an item over the queue limit is OVERLOADED, and there is room again once others are answered', async () => {
    const held = gate()
    const group = make({ queueLimit: 3, commit: (_, items) => held.opened.then(() => items) })
    const list = [item(0), item(1, 'b'), item(2, 'c')].map(group.submit)
    await turn()
    await expect(group.submit(item(3))).rejects.toMatchObject({
      code: 'OVERLOADED',
      retryAfterMs: expect.any(Number) as number,
    })
    expect(group.waiting()).toBe(3)
    held.release()
    expect(await group.answers(list)).toEqual(['stored 0', 'stored 1', 'stored 2'])
    expect(await group.submit(item(4))).toBe('stored 4')
    await group.drain()
  })

  test('a database that never answers: UNAVAILABLE at the deadline, in flight and waiting alike, then service', async () => {
    const held = gate()
    const group = make({ deadlineMs: 50, commit: (_, items) => held.opened.then(() => items) })
    const list = [group.submit(item(0))]
    await turns(2)
    list.push(group.submit(item(1)), group.submit(item(2, 'b')))
    expect(await group.answers(list)).toEqual(['UNAVAILABLE', 'UNAVAILABLE', 'UNAVAILABLE'])
    expect(group.waiting()).toBe(0)
    held.release()
    expect(await group.submit(item(3))).toBe('stored 3')
    // What waited behind the stuck commit was answered, so it is not stored behind the back of its sender.
    expect(group.commits.flat().map(({ n }) => n)).toEqual([0, 3])
    await group.drain()
  })

  test('a database that does not get through with much: it is given less, then more again', async () => {
    let most = 3
    const sizes: number[] = []
    const group = make({
      batchMax: 20,
      deadlineMs: 20_000,
      async commit(_, items) {
        await turns(2)
        if (items.length > most) throw fail('unavailable')
        sizes.push(items.length)
        return items
      },
    })
    const stored = await group.answers(Array.from({ length: 16 }, (_, n) => item(n)).map(group.submit))
    expect(stored).toEqual(stored.map((_, n) => `stored ${n}`))
    expect(sizes).toEqual(Array.from({ length: 8 }, () => 2))
    most = 20
    await group.answers(Array.from({ length: 60 }, (_, n) => item(100 + n)).map(group.submit))
    expect(Math.max(...sizes)).toBe(20)
    await group.drain()
  })

  test('what is committed is never said to have had no answer from the database, however late its receipt', async () => {
    const held = gate()
    const group = make({
      deadlineMs: 50,
      finish: (items) => held.opened.then(() => items.map(({ n }) => `stored ${n}`)),
    })
    const answer = group.submit(item(0))
    // Answered by whoever looks for what is past its deadline, twice a second.
    await new Promise((resolve) => setTimeout(resolve, 1200))
    held.release()
    // On a machine that stands still it may be given up, and says so.
    expect(await answer.catch((error: Error) => error.message)).toMatch(/^stored/)
    await group.drain()
  })

  test('a database that refuses every attempt: UNAVAILABLE at the deadline', async () => {
    const group = make({ deadlineMs: 50, commit: () => Promise.reject(fail('unavailable')) })
    expect(await group.answers([item(0), item(1)].map(group.submit))).toEqual(['UNAVAILABLE', 'UNAVAILABLE'])
    await group.drain()
  })
})

describe('faults', () => {
  test('a fault of ours answers its batch INTERNAL, once, and the lane goes on', async () => {
    let attempts = 0
    const group = make({
      commit: (_, items) => (attempts++ === 0 ? Promise.reject(new TypeError('a bug')) : Promise.resolve(items)),
    })
    expect(await group.answers([item(0), item(1)].map(group.submit))).toEqual(['INTERNAL', 'INTERNAL'])
    expect(await group.submit(item(2))).toBe('stored 2')
    expect(attempts).toBe(2)
    await group.drain()
  })

  test('receipts that cannot be made: UNAVAILABLE, and the lane goes on', async () => {
    let failed = false
    const group = make({
      finish(items) {
        if (failed) return Promise.resolve(items.map(({ n }) => `${n}`))
        failed = true
        return Promise.reject(new Error('no receipts'))
      },
    })
    expect(await group.answers([item(0), item(1)].map(group.submit))).toEqual(['UNAVAILABLE', 'UNAVAILABLE'])
    expect(await group.submit(item(2))).toBe('2')
    await group.drain()
  })
})

test('a drain refuses what comes and answers everything that waits, receipts included', async () => {
  const [commit, finish] = [gate(), gate()]
  const group = make({
    lanes: 2,
    commit: (_, items) => commit.opened.then(() => items),
    finish: (items) => finish.opened.then(() => items.map(({ n }) => `stored ${n}`)),
  })
  const list = ['a', 'b', 'c', 'd'].map((key, n) => group.submit(item(n, key)))
  await turns(2)
  list.push(group.submit(item(4)))
  let drained = false
  const draining = group.drain().then(() => (drained = true))
  await expect(group.submit(item(5))).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    retryAfterMs: expect.any(Number) as number,
  })
  commit.release()
  await turns(5)
  expect([drained, group.waiting()]).toEqual([false, 5])
  finish.release()
  expect(await group.answers(list)).toEqual([0, 1, 2, 3, 4].map((n) => `stored ${n}`))
  await draining
  expect(drained).toBe(true)
})

test('a drain that is given less time answers what is stuck by then', async () => {
  const held = gate()
  const group = make({ commit: (_, items) => held.opened.then(() => items) })
  const list = [item(0), item(1, 'b')].map(group.submit)
  await turns(2)
  await group.drain(0)
  expect(await group.answers(list)).toEqual(['UNAVAILABLE', 'UNAVAILABLE'])
  held.release()
})
