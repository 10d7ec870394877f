import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LedgerItem } from '../../src/ranking/fold-batch.ts'
import type { Leaderboard } from '../../src/ranking/leaderboard.ts'
import { compareEntries } from '../../src/ranking/order.ts'
import { integer, pick, seededRandom } from '../faults/harness/random.ts'
import { lockPlayers } from '../../src/postgres/ledger/player-locks.ts'
import { makeLedgerItem } from '../helpers/leaderboards.ts'
import type { Sent } from '../helpers/oracle/naive-ledger.ts'
import { createNaiveModel } from '../helpers/oracle/naive-model.ts'
import { startSealingRig, type SealingRig } from '../helpers/sealing-rig.ts'
import { eventually } from '../helpers/wait.ts'

const [second, minute, hour, day] = [1000, 60_000, 3_600_000, 86_400_000]

let rig: SealingRig
beforeAll(async () => {
  rig = await startSealingRig()
})
afterAll(() => rig.stop())

function toItem(board: Leaderboard, sent: Sent, now: number): LedgerItem {
  const occurredAt = sent.occurredAt === undefined ? now : Date.parse(sent.occurredAt)
  const { playerId, score, submissionId = '', sessionId = null } = sent
  const occurredSent = sent.occurredAt !== undefined
  return makeLedgerItem({ board, playerId, score, submissionId, sessionId, occurredAt, occurredSent })
}

/** Sets a range of final ranks against the order that a plain sort gives. */
async function expectRanked(board: Leaderboard): Promise<void> {
  const rows = await rig.sql<{ id: number; playerId: string; score: number; tie: number; finalRank: number | null }[]>`
    select s.id, player_id as "playerId", score, tie,
      (select place from final_places where player_id = e.player_id and standings_id = e.standings_id) as "finalRank"
    from leaderboard_entries e join standings s on s.id = e.standings_id
    where s.leaderboard_no = ${board.no} and s.status = 'SEALED'`
  for (const id of new Set(rows.map((row) => row.id))) {
    const own = rows.filter((row) => row.id === id).sort(compareEntries(board))
    expect(own.map((row) => row.finalRank)).toEqual(own.map((_, at) => at + 1))
  }
}

describe('periods by a clock of the test', () => {
  // Each instant is the end of a day that is over by Postgres' clock too, and of a week or a month where it says so.
  test.each([
    ['the clock goes forward in Berlin, a week ends', 'Europe/Berlin', '2025-03-30T22:00:00Z'],
    ['the clock goes back in Berlin, a week ends', 'Europe/Berlin', '2025-10-26T23:00:00Z'],
    ['the clock goes forward in New York', 'America/New_York', '2025-03-10T04:00:00Z'],
    ['the clock goes back in New York, a month ended the day before', 'America/New_York', '2020-11-02T05:00:00Z'],
    ['half an hour back on Lord Howe', 'Australia/Lord_Howe', '2025-04-06T13:30:00Z'],
    ['ISO week 53 ends in the new year', 'UTC', '2021-01-04T00:00:00Z'],
    ['the leap day ends a month', 'Asia/Kolkata', '2024-02-29T18:30:00Z'],
    ['no leap day', 'UTC', '2025-03-01T00:00:00Z'],
    ['a year ends', 'Asia/Kolkata', '2024-12-31T18:30:00Z'],
  ])('%s (%s)', async (name, timezone, end) => {
    const random = seededRandom(name.length)
    const graceMs = pick(random, [0, minute, 2 * hour])
    const board = await rig.board({
      types: ['GLOBAL', 'DAILY', 'WEEKLY', 'MONTHLY'],
      timezone,
      graceMs,
      order: pick(random, ['desc', 'asc']),
      ties: pick(random, ['first', 'last', 'id']),
      operator: pick(random, ['best', 'last', 'sum']),
    })
    const model = createNaiveModel({ ...board, types: board.types, minScore: -1e9, maxScore: 1e9 }, () => null)
    const job = rig.job()
    const boundary = Date.parse(end)
    const instants = [-1, 0, 1, graceMs - 1, graceMs, graceMs + 1, 2.5 * day]
      .concat(Array.from({ length: 30 }, () => integer(random, -2 * hour, 4 * hour)))
      .sort((a, b) => a - b)
    let sent = 0
    let refusals = 0
    let late = 0
    for (const offset of instants) {
      rig.clock.now = boundary + offset
      const { now } = rig.clock
      const batch = Array.from({ length: integer(random, 1, 4) }, (): Sent => {
        const at = now - pick(random, [0, 1, minute, hour, 25 * hour, -minute])
        return {
          playerId: `p${integer(random, 1, 12)}`,
          score: integer(random, -3, 3),
          submissionId: `s${++sent}`,
          ...(random() < 0.7 ? { occurredAt: new Date(at).toISOString() } : {}),
        }
      })
      const { outcomes } = await rig.ledger.commit(
        0,
        batch.map((one) => toItem(board, one, now)),
        now,
      )
      batch.forEach((one, at) => {
        const [expected, outcome] = [model.submit(one, 'server', now), outcomes[at]!]
        const reasons = outcome.kind === 'stored' ? outcome.effects.map((effect) => effect.reason) : outcome.code
        expect(reasons).toEqual('refused' in expected ? expected.refused[0] : expected.standings.map((of) => of.reason))
        if (outcome.kind === 'refused') refusals += 1
        else if (reasons.includes('WINDOW_CLOSED')) late += 1
      })
      if (random() < 0.5) await job.pass()
    }
    await job.pass()

    expect([refusals, late > 0]).toEqual([0, true])
    const list = await rig.read(board)
    expect(list.map((of) => of.selector).sort()).toEqual(model.joined().sort())
    for (const { selector, status, entries } of list) {
      const period = model.current(selector.split(':')[0]!, rig.clock.now)
      const open = period === null || selector.endsWith(period.key)
      const wanted = model.ranking(selector).map(({ playerId, score, position }) => ({
        playerId,
        score,
        finalRank: open ? null : position,
        hidden: false,
      }))
      expect({ selector, status }).toEqual({ selector, status: open ? 'OPEN' : 'SEALED' })
      const byPlayer = (a: { playerId: string }, b: { playerId: string }) => (a.playerId < b.playerId ? -1 : 1)
      expect(entries).toEqual(open ? wanted.sort(byPlayer) : wanted)
    }
  })

  test('a period closes at its end, takes late scores within the grace, and is sealed after it', async () => {
    const board = await rig.board({ types: ['DAILY'], graceMs: hour })
    const end = Date.parse('2025-05-02T00:00:00Z')
    const at = async (now: number, item: Partial<LedgerItem>) => {
      rig.clock.now = now
      const one = makeLedgerItem({ board, submissionId: String(now), occurredAt: end - 1, occurredSent: true, ...item })
      const { outcomes } = await rig.ledger.commit(0, [one], now)
      return outcomes[0]!
    }
    const statusAt = async (now: number) => {
      rig.clock.now = now
      await rig.job().pass()
      return (await rig.read(board))[0]!.status
    }
    expect(await at(end - 1, { playerId: 'a', score: 1 })).toMatchObject({ kind: 'stored' })
    expect(await statusAt(end - 1)).toBe('OPEN')
    expect(await statusAt(end)).toBe('CLOSING')
    expect(await at(end + hour - 1, { playerId: 'b', score: 2 })).toMatchObject({ kind: 'stored' })
    expect(await statusAt(end + hour)).toBe('CLOSING')
    expect(await at(end + hour, { playerId: 'c', score: 3 })).toMatchObject({ kind: 'refused', code: 'WINDOW_CLOSED' })
    // Clocks of nodes differ a little.
    expect(await statusAt(end + hour + 2 * second)).toBe('SEALED')
    expect((await rig.read(board))[0]!.entries).toEqual([
      { playerId: 'b', score: 2, finalRank: 1, hidden: false },
      { playerId: 'a', score: 1, finalRank: 2, hidden: false },
    ])
    // A node whose clock is behind learns it from the status.
    expect(await at(end - 1, { playerId: 'd', score: 3, submissionId: 'x' })).toMatchObject({
      kind: 'refused',
      code: 'WINDOW_CLOSED',
    })
  })

  test('after a sleep over two boundaries one pass seals both periods, and the one without any score too', async () => {
    const board = await rig.board({ types: ['DAILY'], graceMs: minute })
    const noon = Date.parse('2025-06-01T12:00:00Z')
    for (const days of [0, 1, 3]) {
      const now = noon + days * day
      const items = ['a', 'b'].map((playerId, at) =>
        makeLedgerItem({ board, playerId, score: at, submissionId: `${days}`, occurredAt: now }),
      )
      await rig.ledger.commit(0, items, now)
    }
    rig.clock.now = noon + 3 * day
    await rig.job().pass()
    const list = await rig.read(board)
    expect(list.map((of) => `${of.selector} ${of.status} ${of.entries.map((one) => one.finalRank).join()}`)).toEqual([
      'DAILY:2025-06-01 SEALED 1,2',
      'DAILY:2025-06-02 SEALED 1,2',
      'DAILY:2025-06-04 OPEN ,',
    ])
  })

  test('an instant in a sealed period is refused for that standings only', async () => {
    const board = await rig.board({ types: ['GLOBAL', 'DAILY'], graceMs: 0, operator: 'sum' })
    const noon = Date.parse('2025-06-10T12:00:00Z')
    const item = (submissionId: string) =>
      makeLedgerItem({ board, score: 5, submissionId, occurredAt: noon, occurredSent: true })
    await rig.ledger.commit(0, [item('early')], noon)
    rig.clock.now = noon + day
    await rig.job().pass()
    const { outcomes, rows, standings } = await rig.ledger.commit(0, [item('late')], noon + day)
    expect(outcomes[0]).toMatchObject({
      kind: 'stored',
      effects: [
        { selector: 'GLOBAL', previous: 5, score: 10, reason: null },
        { selector: 'DAILY:2025-06-10', previous: 5, score: 5, reason: 'WINDOW_CLOSED' },
      ],
    })
    // Nothing of it goes to Redis, which is to forget that list.
    expect([...rows.values()].map((row) => row.standings.type)).toEqual(['GLOBAL'])
    expect([...standings.values()].map((of) => `${of.type} ${of.status}`).sort()).toEqual([
      'DAILY SEALED',
      'GLOBAL OPEN',
    ])
  })

  test('periods of a removed leaderboard are left alone', async () => {
    const board = await rig.board({ types: ['DAILY'], graceMs: 0 })
    const noon = Date.parse('2025-06-20T12:00:00Z')
    await rig.ledger.commit(0, [makeLedgerItem({ board, occurredAt: noon })], noon)
    await rig.sql`update leaderboards set deleted_at = now() where no = ${board.no}`
    rig.clock.now = noon + 3 * day
    await rig.job(1).pass()
    expect((await rig.read(board))[0]).toMatchObject({ status: 'OPEN', entries: [{ finalRank: null }] })
  })
})

describe('sessions that are left open', () => {
  test('are closed once nobody reports to them for as long as is configured', async () => {
    const board = await rig.board({ types: ['SESSION'], graceMs: 0 })
    const now = Date.now()
    const names = ['silent', 'busy', 'young', 'ended']
    const items = names.map((sessionId) =>
      makeLedgerItem({ board, submissionId: sessionId, sessionId, occurredAt: now }),
    )
    await rig.ledger.commit(0, items, now)
    await rig.standings.close(board, 'ended', now)
    const age = (session: string, ms: number) =>
      rig.sql`update standings set created_at = now() - make_interval(secs => ${ms / 1000}::float8)
        where leaderboard_no = ${board.no} and key = ${session}`
    await Promise.all([age('silent', 3 * hour), age('busy', 3 * hour), age('young', hour / 2)])
    await rig.sql`update submissions set created_at = now() - interval '2 hours'
      where leaderboard_no = ${board.no} and session_id = 'silent'`
    const states = async () =>
      Object.fromEntries(
        (await rig.begun(board)).map((row) => [row.key, row.endsAt === null ? row.status : row.endsAt]),
      )

    rig.clock.now = now
    await rig.job(0).pass()
    expect(await states()).toEqual({ silent: 'OPEN', busy: 'OPEN', young: 'OPEN', ended: now })
    await rig.job(hour).pass()
    expect(await states()).toEqual({ silent: now, busy: 'OPEN', young: 'OPEN', ended: now })
    expect((await rig.read(board)).find((of) => of.selector === 'SESSION:silent')!.status).toBe('CLOSING')
    const late = makeLedgerItem({ board, playerId: 'z', submissionId: 'l', sessionId: 'silent', occurredAt: now + 1 })
    expect((await rig.ledger.commit(0, [late], now + 1)).outcomes[0]).toMatchObject({ code: 'WINDOW_CLOSED' })
  })

  test('are all looked at, a part of them at a time', async () => {
    const board = await rig.board({ types: ['SESSION'], graceMs: 40 * day })
    await rig.sql`
      insert into standings (leaderboard_no, type, key, created_at)
      select ${board.no}, 'SESSION', 's' || n, '2020-01-01'::timestamptz + n / 3 * interval '1 microsecond'
      from generate_series(1, 25) n`
    const now = Date.parse('2020-01-03T00:00:00Z')
    let cursor: Parameters<typeof rig.store.closeIdle>[2] = null
    const steps: number[] = []
    do {
      const { closed, next }: Awaited<ReturnType<typeof rig.store.closeIdle>> = await rig.store.closeIdle(
        now,
        day,
        cursor,
        10,
      )
      steps.push(closed)
      cursor = next
    } while (cursor !== null)
    expect(steps).toEqual([10, 10, 5])
  })
})

test('a node whose clock is days ahead ends nothing: Postgres is the witness', async () => {
  const board = await rig.board({ types: ['DAILY', 'WEEKLY', 'SESSION'], graceMs: 0 })
  const now = Date.now()
  await rig.ledger.commit(0, [makeLedgerItem({ board, sessionId: 'open', occurredAt: now })], now)
  await rig.sql`
    insert into standings (leaderboard_no, type, key, starts_at, ends_at)
    values (${board.no}, 'DAILY', '2025-02-03', '2025-02-03', '2025-02-04')`
  rig.clock.now = now + 8 * day
  const job = rig.job(hour)
  await job.pass()
  expect((await rig.read(board)).map((of) => `${of.selector.split(':')[0]} ${of.status}`).sort()).toEqual([
    'DAILY OPEN',
    // This one did end.
    'DAILY SEALED',
    'SESSION OPEN',
    'WEEKLY OPEN',
  ])
  // Nor does somebody who closes a session through it set an end to come.
  const closed = await rig.standings.close(board, 'open', now + 8 * day)
  expect(closed!.endsAt).toBeLessThanOrEqual(Date.now())
  const [row] = await rig.sql<{ late: boolean }[]>`
    select bool_or(sealed_at > now()) as late from standings where leaderboard_no = ${board.no}`
  expect(row!.late).toBe(false)
})

describe('what was closed by mistake', () => {
  const closed = async (status: 'CLOSING' | 'SEALING' | 'SEALED', of: 'DAILY' | 'SESSION' = 'DAILY', ended = false) => {
    const board = await rig.board({ types: [of], graceMs: 0, operator: 'last' })
    const now = Date.now()
    const item = (playerId: string, submissionId: string, score = 5) =>
      makeLedgerItem({
        board,
        playerId,
        submissionId,
        score,
        sessionId: of === 'SESSION' ? 's' : null,
        occurredAt: now,
      })
    await rig.ledger.commit(0, [item('a', '1'), item('b', '1')], now)
    const [row] = await rig.sql<{ id: number }[]>`
      update standings set status = ${status}, ends_at = now() + make_interval(hours => ${ended ? -1 : 1})
      where leaderboard_no = ${board.no} returning id`
    await rig.sql`insert into final_places (standings_id, place, player_id, score) values (${row!.id}, 1, 'a', 5)`
    const commit = async () => (await rig.ledger.commit(0, [item('a', '2', 6)], now)).outcomes[0]!
    return { board, id: row!.id, commit }
  }

  test.each([
    ['CLOSING', 'DAILY', false],
    ['SEALING', 'DAILY', false],
    ['SEALING', 'SESSION', false],
    ['CLOSING', 'SESSION', true],
  ] as const)('%s: a %s is opened again', async (status, type, ended) => {
    const { board, id, commit } = await closed(status, type, ended)
    expect(await rig.store.reopen(id)).toBe('open')
    expect((await rig.read(board))[0]).toMatchObject({
      status: 'OPEN',
      entries: [{ finalRank: null }, { finalRank: null }],
    })
    expect(await commit()).toMatchObject({ kind: 'stored', effects: [{ reason: null }] })
    expect((await rig.standings.reload(id))!.endsAt === null).toBe(type === 'SESSION')
    expect(await rig.store.reopen(id)).toBe('open')
  })

  test('what is sealed, or has ended, stays so', async () => {
    const sealed = await closed('SEALED')
    expect(await rig.store.reopen(sealed.id)).toBe('sealed')
    const over = await closed('SEALING', 'DAILY', true)
    expect(await rig.store.reopen(over.id)).toBe('ended')
    expect((await rig.read(over.board))[0]).toMatchObject({ status: 'SEALING', entries: [{ finalRank: 1 }, {}] })
    expect(await rig.store.reopen(-1)).toBe('none')
  })

  test('a node that had it on its list ranks nothing any more', async () => {
    const { board, id } = await closed('SEALING')
    const of = (await rig.store.sealing(100)).find((one) => one.id === id)!
    expect(await rig.store.reopen(id)).toBe('open')
    expect(await rig.store.rankBatch(of, 10, Date.now())).toMatchObject({ state: 'BUSY' })
    expect((await rig.read(board))[0]).toMatchObject({
      status: 'OPEN',
      entries: [{ finalRank: null }, { finalRank: null }],
    })
  })
})

test('a node whose clock is far from that of Postgres closes and seals nothing at all', async () => {
  const board = await rig.board({ types: ['DAILY'], graceMs: 0 })
  const noon = Date.parse('2025-02-03T12:00:00Z')
  await rig.ledger.commit(0, [makeLedgerItem({ board, occurredAt: noon })], noon)
  rig.clock.now = noon + 2 * day
  let agrees = false
  const job = rig.job(0, 60_000, () => agrees)
  await job.pass()
  expect((await rig.read(board))[0]!.status).toBe('OPEN')
  agrees = true
  await job.pass()
  expect((await rig.read(board))[0]!.status).toBe('SEALED')
})

describe('writers beside the sealing', () => {
  const end = Date.parse('2025-07-02T00:00:00Z')
  const begin = async () => {
    const board = await rig.board({ types: ['DAILY'], graceMs: 0, operator: 'last' })
    const item = (submissionId: string, playerId: string, score: number) =>
      makeLedgerItem({ board, playerId, score, submissionId, occurredAt: end - 1, occurredSent: true })
    const first = ['a', 'b'].map((playerId, at) => item('first', playerId, 10 + at))
    await rig.ledger.commit(0, first, end - 1)
    return { board, item }
  }
  /** Holds a row lock while `work` runs; it begins when a lane waits for the lock. */
  const whileHeld = async (lock: (tx: Parameters<Parameters<typeof rig.sql.begin>[1]>[0]) => Promise<unknown>) => {
    let release: () => void = () => {}
    const held = new Promise<void>((resolve) => (release = resolve))
    let locked: () => void = () => {}
    const ready = new Promise<void>((resolve) => (locked = resolve))
    const holder = rig.sql.begin(async (tx) => {
      // Connections of the server may not be idle in a transaction for long.
      await tx`set local idle_in_transaction_session_timeout = 0`
      await lock(tx)
      locked()
      await held
    })
    await ready
    const waits = () =>
      eventually(async () => {
        const [row] = await rig.sql<{ n: number }[]>`
          select count(*) as n from pg_stat_activity where application_name like 'rankpulse-lane-%'
            and datname = current_database() and wait_event_type = 'Lock'`
        expect(row!.n).toBe(1)
      })
    return {
      waits,
      async release() {
        release()
        await holder
      },
    }
  }

  test('one that has not read the status yet is refused', async () => {
    const { board, item } = await begin()
    const lock = await whileHeld((tx) => lockPlayers(tx, ['a']))
    const committing = rig.ledger.commit(0, [item('late', 'a', 99)], end - 1)
    await lock.waits()
    rig.clock.now = end + day
    const job = rig.job()
    const passing = job.pass()
    await eventually(async () => expect((await rig.read(board))[0]!.status).toBe('SEALING'))
    await lock.release()
    expect((await committing).outcomes[0]).toMatchObject({ kind: 'refused', code: 'WINDOW_CLOSED' })
    await passing
    await eventually(async () => {
      await job.pass()
      expect((await rig.read(board))[0]).toMatchObject({
        status: 'SEALED',
        entries: [
          { playerId: 'b', finalRank: 1 },
          { playerId: 'a', finalRank: 2, score: 10 },
        ],
      })
    })
  })

  test('one that read the status before is waited for, and ranked', async () => {
    const { board, item } = await begin()
    // Its batch is folded already, and waits with the write of its entry.
    const lock = await whileHeld(
      (tx) => tx`select 1 from leaderboard_entries where player_id = 'a' and standings_id in (
        select id from standings where leaderboard_no = ${board.no}) for update`,
    )
    const committing = rig.ledger.commit(0, [item('late', 'a', 99)], end - 1)
    await lock.waits()
    rig.clock.now = end + day
    const job = rig.job(0, 500)
    await job.pass()
    expect((await rig.read(board))[0]).toMatchObject({ status: 'SEALING', entries: [{ finalRank: null }, {}] })
    await lock.release()
    expect((await committing).outcomes[0]).toMatchObject({ kind: 'stored' })
    await eventually(async () => {
      // Picked up again, by whatever node.
      await rig.job().pass()
      expect((await rig.read(board))[0]).toMatchObject({
        status: 'SEALED',
        entries: [
          { playerId: 'a', finalRank: 1, score: 99 },
          { playerId: 'b', finalRank: 2 },
        ],
      })
    })
  })

  test('two lanes that write and two nodes that seal: every score is ranked or refused', async () => {
    rig.clock.now = end + day
    const [one, other] = [rig.job(), rig.job()]
    let stored = 0
    let refused = 0
    for (let round = 0; round < 12; round++) {
      const board = await rig.board({ types: ['DAILY'], graceMs: 0, operator: 'last', ties: 'last' })
      const lane = async (number: number) => {
        for (let batch = 0; batch < 8; batch++) {
          const items = Array.from({ length: 20 }, (_, at) =>
            makeLedgerItem({
              board,
              playerId: `p${at}-${number}-${batch % 3}`,
              score: at % 4,
              submissionId: `${batch}`,
              occurredAt: end - 1,
              occurredSent: true,
            }),
          )
          for (const outcome of (await rig.ledger.commit(number, items, end - 1)).outcomes)
            if (outcome.kind === 'stored') stored += 1
            else refused += 1
        }
      }
      const lanes = [lane(0), lane(1)]
      await sleep(round * 5)
      await Promise.all([one.pass(), other.pass(), ...lanes])
      await one.pass()
      const [row] = await rig.read(board)
      expect(row!.status).toBe('SEALED')
      expect(row!.entries.filter((entry) => entry.finalRank === null)).toEqual([])
      await expectRanked(board)
    }
    expect(stored).toBeGreaterThan(0)
    expect(refused).toBeGreaterThan(0)
  })
})

test('many entries are ranked in batches, whoever makes them, hidden ones included', async () => {
  const board = await rig.board({ types: ['DAILY'], order: 'asc', ties: 'last', graceMs: 0 })
  await rig.sql`
    with made as (
      insert into standings (leaderboard_no, type, key, starts_at, ends_at)
      values (${board.no}, 'DAILY', '2025-08-01', '2025-08-01', '2025-08-02') returning id
    )
    insert into leaderboard_entries (standings_id, player_id, score, version, tie, hidden)
    select id, 'p' || n, n * 7919 % 1000, n, n::int8 * 104729 % 50000, n % 50 = 0
    from made, generate_series(1, 25000) n`
  rig.clock.now = Date.parse('2025-08-03T00:00:00Z')
  await rig.store.beginSealing(rig.clock.now, 10)
  const [of] = await rig.store.sealing(10)
  const versions = () => rig.sql`
    select player_id, ctid::text from leaderboard_entries where standings_id = ${of!.id} order by player_id`
  const before = await versions()
  const states: string[] = []
  // Two at a time: where one finds the other at work, it leaves it to that one.
  do {
    const results = await Promise.all([1, 2].map(() => rig.store.rankBatch(of!, 10_000, rig.clock.now)))
    states.push(...results.map(({ state, rows }) => (state === 'BUSY' ? state : `${state} ${rows}`)))
  } while (!states.some((state) => state.startsWith('SEALED')))
  expect(states.filter((state) => state !== 'BUSY')).toEqual(['MORE 10000', 'MORE 10000', 'SEALED 5000'])
  await expectRanked(board)
  expect((await rig.read(board))[0]).toMatchObject({ status: 'SEALED' })
  // No entry was written again.
  expect(await versions()).toEqual(before)
})

test('lists of what was sealed a minute ago are dropped, once', async () => {
  const board = await rig.board({ types: ['DAILY'], graceMs: 0 })
  const noon = Date.parse('2025-09-01T12:00:00Z')
  await rig.ledger.commit(0, [makeLedgerItem({ board, occurredAt: noon })], noon)
  const job = rig.job()
  const mine = () => rig.dropped.filter(([no]) => no === board.no)
  rig.clock.now = noon + 2 * day
  await job.pass()
  rig.clock.now += minute - 1
  await job.pass()
  expect(mine()).toEqual([])
  rig.clock.now += 1
  await job.pass()
  await job.pass()
  expect(mine()).toEqual([[board.no, (await rig.begun(board))[0]!.id]])
})

test('what Postgres ends now ends at a whole millisecond, as lanes remember it', async () => {
  const board = await rig.board({ types: ['SESSION'] })
  for (const sessionId of ['1', '2', '3', '4', '5']) {
    const now = Date.now()
    await rig.ledger.commit(0, [makeLedgerItem({ board, sessionId, submissionId: sessionId, occurredAt: now })], now)
    await rig.standings.close(board, sessionId, now + day)
  }
  const ends = await rig.sql<{ finer: number }[]>`
    select (extract(microseconds from ends_at)::int8 % 1000)::int as finer from standings where leaderboard_no = ${board.no}`
  expect(ends.map(({ finer }) => finer)).toEqual([0, 0, 0, 0, 0])
})
