import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SeasonView } from '../../src/contract/season.ts'
import type { Periods } from '../../src/contract/reads.ts'
import type { Client } from '../helpers/client.ts'
import { at, definition, hour, seasonal, seasonCalls } from '../helpers/seasons.ts'
import { startStack, type Stack } from '../helpers/stack.ts'

let stack: Stack
let admin: Client
let other: Client
beforeAll(async () => {
  stack = await startStack({ nodes: 0 })
  // The clocks of this zone were 17:30 off in the 19th century: Postgres would write times in a way that Date cannot read.
  await stack.sql.unsafe(
    `alter database ${new URL(stack.env['DATABASE_URL']!).pathname.slice(1)} set timezone = 'Europe/Brussels'`,
  )
  await Promise.all([stack.addServer(), stack.addServer()])
  stack.url = stack.servers[0]!.url
  admin = await stack.client()
  other = await stack.client('admin', 'tester', 1)
})
afterAll(async () => stack.stop())
const { board, post, close, list, read, submit } = seasonCalls(() => admin)

describe('seasons', () => {
  test('are made ahead of time, listed in order, and shown by their times', async () => {
    await board('made')
    const next = definition('made', 'made-next', hour, 2 * hour, 'Next')
    const past = definition('made', 'made-past', -2 * hour, -hour, 'Past')
    // They touch: the boundary belongs to the later one.
    const now = { ...definition('made', 'made-now', -hour, hour, 'Now'), startsAt: past.endsAt, endsAt: next.startsAt }
    for (const season of [next, now, past]) {
      const made = await post(season)
      expect(made.status).toBe(201)
      expect(made.body).toMatchObject({ ...season, standings: `SEASONAL:${season.slug}` })
    }
    expect((await list('made')).map(({ slug, status }) => [slug, status])).toEqual([
      ['made-past', 'ENDED'],
      ['made-now', 'ACTIVE'],
      ['made-next', 'SCHEDULED'],
    ])
    const spectator = await fetch(`${stack.url}/v1/seasons`)
    const all = ((await spectator.json()) as { seasons: SeasonView[] }).seasons.map(({ slug }) => slug)
    expect(all).toEqual(expect.arrayContaining(['made-past', 'made-now', 'made-next']))
    const { periods } = (await admin.get<Periods>('/v1/leaderboards/made/periods?type=SEASONAL')).body
    expect(periods.map(({ standings }) => standings)).toEqual(['SEASONAL:made-now', 'SEASONAL:made-past'])
  })

  test('may lie long back', async () => {
    await board('long-ago')
    const season = { slug: 'long-ago', leaderboard: 'long-ago', title: 'Steam', startsAt: '1850-01-01T00:00:00.000Z' }
    const made = await post({ ...season, endsAt: '1851-06-01T12:30:15.250Z' })
    expect(made).toMatchObject({ status: 201, body: { ...season, status: 'ENDED' } })
    const { periods } = (await admin.get<Periods>('/v1/leaderboards/long-ago/periods')).body
    expect(periods).toMatchObject([{ startsAt: season.startsAt, endsAt: '1851-06-01T12:30:15.250Z' }])
  })

  test('the same definition again is 200, another one under the slug a CONFLICT', async () => {
    await board('again')
    await board('again-other')
    const season = definition('again', 'again', -hour, hour)
    expect((await post(season)).status).toBe(201)
    const repeated = await post(season, other)
    expect(repeated.status).toBe(200)
    expect(repeated.body).toMatchObject(season)
    for (const change of [{ title: 'Another' }, { endsAt: at(2 * hour) }, { leaderboard: 'again-other' }])
      expect(await post({ ...season, ...change })).toMatchObject({ status: 409, body: { code: 'CONFLICT' } })
    expect(await list('again-other')).toEqual([])
  })

  const valid = definition('strict', 'strict', 0, hour)
  test.each([
    ['an end before the start', { endsAt: at(-hour) }, 400, 'VALIDATION'],
    ['an end at the start', { startsAt: valid.endsAt }, 400, 'VALIDATION'],
    ['a start before 1800', { startsAt: '1799-12-31T23:59:59.999Z' }, 400, 'VALIDATION'],
    ['an end after 2200', { endsAt: '2201-01-01T00:00:00.000Z' }, 400, 'VALIDATION'],
    ['a day that is none', { endsAt: '2030-02-30T00:00:00.000Z' }, 400, 'VALIDATION'],
    ['a time without a zone', { endsAt: '2030-02-01T00:00:00' }, 400, 'VALIDATION'],
    ['no end', { endsAt: undefined }, 400, 'VALIDATION'],
    ['no title', { title: undefined }, 400, 'VALIDATION'],
    ['an empty title', { title: '' }, 400, 'VALIDATION'],
    ['a title of 201', { title: 'x'.repeat(201) }, 400, 'VALIDATION'],
    ['NUL in a title', { title: 'a\u0000b' }, 400, 'VALIDATION'],
    ['broken Unicode in a title', { title: '\ud800' }, 400, 'VALIDATION'],
    ['a slug of capitals', { slug: 'Winter' }, 400, 'VALIDATION'],
    ['a slug of 49', { slug: 'x'.repeat(49) }, 400, 'VALIDATION'],
    ['no slug', { slug: undefined }, 400, 'VALIDATION'],
    ['a leaderboard that is none', { leaderboard: 'No Such' }, 400, 'VALIDATION'],
    ['an unknown leaderboard', { leaderboard: 'unknown' }, 404, 'NOT_FOUND'],
    ['a leaderboard without seasons', { leaderboard: 'strict' }, 409, 'CONFLICT'],
  ])('%s is refused', async (_, change, status, code) => {
    await admin.send('POST', '/v1/leaderboards', { id: 'strict' })
    expect(await post({ ...valid, ...change })).toMatchObject({ status, body: { code } })
    expect(await list('strict')).toEqual([])
  })

  test('only an administrator makes and closes them', async () => {
    await board('roles')
    const season = definition('roles', 'roles', -hour, hour)
    const server = await stack.client('server', 'game')
    expect(await post(season, server)).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } })
    await post(season)
    expect(await close('roles', server)).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } })
    expect(await list('roles', server)).toMatchObject([{ slug: 'roles', status: 'ACTIVE' }])
    expect((await admin.get('/v1/seasons?leaderboard=nowhere')).status).toBe(404)
  })

  test.each([
    ['the same time', -hour, hour],
    ['its beginning', -2 * hour, 0],
    ['its end', 0, 2 * hour],
    ['all around it', -2 * hour, 2 * hour],
    ['a moment within', 0, 1000],
  ])('one that overlaps %s is a CONFLICT', async (_, from, to) => {
    await admin.send('POST', '/v1/leaderboards', { id: 'overlap', types: ['SEASONAL'] })
    const first = await list('overlap')
    const made = first.length > 0 ? 200 : (await post(definition('overlap', 'overlap', -hour, hour))).status
    expect([200, 201]).toContain(made)
    expect(await post(definition('overlap', 'overlap-2', from, to))).toMatchObject({
      status: 409,
      body: { code: 'CONFLICT' },
    })
    expect(await list('overlap')).toHaveLength(1)
  })

  test('of overlapping ones that two nodes make at the same time exactly one is made', async () => {
    await board('raced')
    for (let round = 0; round < 10; round++) {
      const from = round * 10 * hour
      const answers = await Promise.all(
        [0, 1, 2, 3].map((n) =>
          post(
            definition('raced', `raced-${round}-${n}`, from + n * hour, from + (n + 5) * hour),
            [admin, other][n % 2],
          ),
        ),
      )
      expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409, 409, 409])
    }
    const seasons = await list('raced')
    expect(seasons).toHaveLength(10)
    const rows = await stack.sql`select key from standings where type = 'SEASONAL' and key like 'raced-%' order by key`
    expect(rows.map((row) => row['key'] as string)).toEqual(seasons.map(({ slug }) => slug).sort())
  })

  test('of one slug that is made on two leaderboards at the same time exactly one is made', async () => {
    await board('slug-a')
    await board('slug-b')
    for (let round = 0; round < 10; round++) {
      const answers = await Promise.all(
        ['slug-a', 'slug-b'].map((id, n) =>
          post(definition(id, `slug-${round}`, round * hour, (round + 1) * hour), [admin, other][n]),
        ),
      )
      expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409])
    }
  })

  test('the slug of a season goes with its leaderboard', async () => {
    await board('gone')
    expect((await post(definition('gone', 'gone', -hour, hour))).status).toBe(201)
    await admin.submit('gone', { playerId: 'a', score: 1 })
    await admin.send('DELETE', '/v1/leaderboards/gone')
    expect((await close('gone')).status).toBe(404)
    await board('gone')
    expect(await list('gone')).toEqual([])
    expect((await post(definition('gone', 'gone', -hour, hour))).status).toBe(201)
    expect((await read('gone', 'SEASONAL')).body).toMatchObject({ standings: 'SEASONAL:gone', total: 0 })
    const receipt = await submit('gone', { playerId: 'a', score: 2 })
    expect(seasonal(receipt)).toMatchObject([{ standings: 'SEASONAL:gone', score: 2, rank: 1 }])
  })
})
