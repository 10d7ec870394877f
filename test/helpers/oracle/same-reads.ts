import { expect } from 'vitest'
import type { Around, History, Lookup, Page, Periods, Place as PlaceView, WhatIf } from '../../../src/contract/reads.ts'
import { playerIds, regions, type Questions } from '../board-arbitraries.ts'
import type { Client } from '../client.ts'
import type { Definition, Place } from './naive-ledger.ts'
import type { NaiveModel } from './naive-model.ts'
import { toNumber } from './naive-values.ts'

// Independent of the code under test: the naive model, made from what was sent, says what every read has to show.

/** Reads every standings in every way and compares with the model. */
export async function expectSameReads(
  client: Client,
  board: Definition,
  model: NaiveModel,
  asked: Questions[],
): Promise<void> {
  const names = new Set(model.joined())
  for (const type of board.types) {
    const period = model.current(type, Date.now())
    if (period) names.add(`${type}:${period.key}`)
  }
  // One that nobody joined.
  if (board.types.includes('REGIONAL')) names.add('REGIONAL:ZZ')
  for (const standings of names) await expectSameStandings(client, board, model, standings, asked)
  for (const type of board.types) await expectSamePeriods(client, board, model, type)
  await expectDefault(client, board, model)
  await expectSameHistories(client, board, model)
}

async function expectSameStandings(
  client: Client,
  board: Definition,
  model: NaiveModel,
  standings: string,
  asked: Questions[],
) {
  const list = model.ranking(standings)
  const named = `standings=${standings}`
  const path = `/v1/leaderboards/${board.id}`
  // A standings made by a submission that was then refused is not in Redis until somebody has read it.
  const source = list.length > 0 ? 'redis' : expect.stringMatching(/^(redis|postgres)$/)
  const head = { leaderboard: board.id, standings, source, asOf: expect.any(String) }
  const rows = (places: Place[]) => places.map((place) => rowOf(place))
  const placed = (place: Place) => ({ ...rowOf(place), index: list.indexOf(place) })

  const page = await client.get<Page>(`${path}/standings?${named}`)
  expect(page.body).toMatchObject({ ...head, total: list.length, rows: rows(list) })
  expectPeriod(page.body, model, standings)

  for (const playerId of [...playerIds, 'nobody']) {
    const self = list.find((place) => place.playerId === playerId)
    const place = await client.get<PlaceView>(`${path}/players/${playerId}?${named}`)
    if (!self) {
      expect(place).toMatchObject({ status: 404, body: { code: 'NOT_RANKED' } })
      continue
    }
    const percentile = Number(((100 * (list.length - self.rank + 1)) / list.length).toFixed(2))
    const { region: _, ...row } = rowOf(self)
    const index = list.indexOf(self)
    expect(place.body).toEqual({ ...head, ...row, index, total: list.length, percentile })
  }

  for (const { limit, offset, span, lookup, score } of asked) {
    const cut = await client.get<Page>(`${path}/standings?${named}&limit=${limit}&offset=${offset}`)
    expect(cut.body).toMatchObject({ ...head, total: list.length, rows: rows(list.slice(offset, offset + limit)) })

    for (const self of list.filter((place) => lookup.includes(place.playerId))) {
      const around = await client.get<Around>(`${path}/players/${self.playerId}/around?${named}&span=${span}`)
      const window = windowAround(list, self, span).map(placed)
      expect(around.body).toEqual({ ...head, total: list.length, rows: window, self: placed(self) })
    }

    const found = list.filter((place) => lookup.includes(place.playerId))
    const looked = await client.send<Lookup>('POST', `${path}/lookup`, { playerIds: lookup, standings })
    expect({ ...looked.body, missing: looked.body.missing.toSorted() }).toEqual({
      ...head,
      total: list.length,
      rows: found.map((place, at) => ({ ...placed(place), position: positionIn(board, found, at) })),
      missing: lookup.filter((id) => !found.some((place) => place.playerId === id)).toSorted(),
    })

    const points = toNumber(BigInt(score), board.decimals)
    const whatIf = await client.get<WhatIf>(`${path}/what-if?${named}&score=${points}`)
    expect(whatIf.body).toEqual({ ...head, ...model.whatIf(standings, points) })
  }
}

/** As many rows above and below as the list allows, 2 x span + 1 in all where it has them. */
function windowAround(list: Place[], self: Place, span: number): Place[] {
  const at = list.indexOf(self)
  let [from, to] = [at, at + 1]
  while (from > 0 && from > at - span) from--
  while (to < list.length && to < at + span + 1) to++
  while (to - from < 2 * span + 1 && from > 0) from--
  while (to - from < 2 * span + 1 && to < list.length) to++
  return list.slice(from, to)
}

/** One more than those of the set that are ahead; with ordinal ranks equal scores are too. */
function positionIn({ rankStyle }: Definition, found: Place[], at: number): number {
  return 1 + found.slice(0, at).filter((other) => rankStyle === 'ordinal' || other.score !== found[at]!.score).length
}

function rowOf({ playerId, rank, score }: Place) {
  const region = regions[playerId]
  return { rank, playerId, displayName: `Ñ ${playerId} 🏆`, score, ...(region && { region }) }
}

function expectPeriod(page: Page, model: NaiveModel, standings: string): void {
  const [type = '', key] = standings.split(':')
  const now = Date.now()
  const current = model.current(type, now)
  if (type === 'SESSION') return
  if (!current) return expect(page.period).toBeNull()
  expect(page.period).not.toBeNull()
  const period = model.current(type, Date.parse(page.period!.startsAt))!
  expect([period.key, iso(period.startsAt), iso(period.endsAt)]).toEqual([
    key,
    page.period!.startsAt,
    page.period!.endsAt,
  ])
  expect(page.period!.status === 'OPEN').toBe(now < period.endsAt)
}

async function expectSamePeriods(client: Client, board: Definition, model: NaiveModel, type: string): Promise<void> {
  const answer = await client.get<Periods>(`/v1/leaderboards/${board.id}/periods?type=${type}`)
  const listed = answer.body.periods
  const joined = model.joined().filter((standings) => standings.split(':')[0] === type)
  const totals = listed.filter((one) => one.total !== 0).map((one) => `${one.standings} ${one.total}`)
  const wanted = joined.map((standings) => `${standings} ${model.ranking(standings).length}`)
  expect(totals.sort()).toEqual(wanted.filter((line) => !line.endsWith(' 0')).sort())
  // Newest first.
  if (!model.current(type, Date.now())) return
  const starts = listed.map((one) => Date.parse(one.startsAt!))
  expect(starts).toEqual(starts.toSorted((a, b) => b - a))
}

/** Without a selector: GLOBAL, else the first type, a period being the current one; null where that needs a key. */
function defaultOf(board: Definition, model: NaiveModel): string | null {
  const type = board.types.includes('GLOBAL') ? 'GLOBAL' : board.types[0]!
  const period = model.current(type, Date.now())
  return type === 'REGIONAL' || type === 'SESSION' ? null : period ? `${type}:${period.key}` : type
}

async function expectDefault(client: Client, board: Definition, model: NaiveModel): Promise<void> {
  const standings = defaultOf(board, model)
  const answer = await client.get<Page>(`/v1/leaderboards/${board.id}/standings`)
  if (standings === null) return expect(answer).toMatchObject({ status: 400, body: { code: 'VALIDATION' } })
  expect(answer.body).toMatchObject({ standings, total: model.ranking(standings).length })
}

/** The history of every player in every standings that anything was meant for, by default, and of all at once. */
async function expectSameHistories(client: Client, board: Definition, model: NaiveModel): Promise<void> {
  for (const playerId of playerIds) {
    const read = async (query: string) => {
      const path = `/v1/leaderboards/${board.id}/players/${playerId}/history${query}`
      const { status, body } = await client.get<History & { code?: string }>(path)
      if (status !== 200) return body.code
      return body.entries.map(({ kind, score, reason, changed }) => ({
        kind,
        score,
        reason,
        ...(changed && { changed }),
      }))
    }
    for (const standings of [...model.meant(), '*'])
      expect(await read(`?standings=${standings}`)).toEqual(model.history(playerId, standings))
    const standings = defaultOf(board, model)
    expect(await read('')).toEqual(standings === null ? 'VALIDATION' : model.history(playerId, standings))
  }
}

const iso = (instant: number) => new Date(instant).toISOString()
