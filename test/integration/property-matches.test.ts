import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PlayerStats } from '../../src/contract/match.ts'
import type { Page } from '../../src/contract/reads.ts'
import type { Client } from '../helpers/client.ts'
import { startStack, type Stack } from '../helpers/stack.ts'

let stack: Stack
let nodes: Client[]
beforeAll(async () => {
  stack = await startStack({ nodes: 2, env: { REDIS_COMMAND_TIMEOUT: '20000' } })
  nodes = [await stack.client(), await stack.client('admin', 'second', 1)]
})
afterAll(() => stack.stop())

const names = ['a', 'b', 'c', 'd']
const regions = ['EU', 'US']
const name = fc.constantFrom(...names)
const operation = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('play' as const),
      pair: fc.shuffledSubarray(names, { minLength: 2, maxLength: 2 }),
      drawn: fc.boolean(),
      casual: fc.nat(5).map((n) => n === 0),
      daysAgo: fc.constantFrom(0, 1),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('reject' as const), match: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), name }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('put' as const), name, region: fc.constantFrom(...regions, null) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('ban' as const), name }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('unban' as const), name }) },
)
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never

interface Played {
  at: number
  pair: string[]
  casual: boolean
  day: number
  /** Of each of the pair; null in a casual match. */
  changes: (number | null)[]
  rejected: boolean
}

/** The contract as simply as can be. REGIONAL is what GLOBAL is, so it has no scores of its own. */
function createModel() {
  const lists = [new Map<string, number>(), new Map<string, number>(), new Map<string, number>()]
  const [global, ...days] = lists as [Map<string, number>, Map<string, number>, Map<string, number>]
  const played: Played[] = []
  const removals: { player: string; at: number }[] = []
  const removedBefore = (player: string, at = Infinity) =>
    Math.max(-1, ...removals.filter((one) => one.player === player && one.at < at).map((one) => one.at))
  const region = new Map<string, string | null>()
  const banned = new Set<string>()
  /** Those that count in standings for a player. */
  const counted = (player: string) =>
    played.filter((one) => !one.rejected && !one.casual && one.pair.includes(player) && one.at > removedBefore(player))

  return {
    region,
    played,
    play(at: number, { pair, drawn, casual, daysAgo: day }: Extract<Operation, { do: 'play' }>) {
      const [one, two] = pair.map((player) => global.get(player) ?? 1200) as [number, number]
      const points = (drawn ? 0.5 : 1) - 1 / (1 + 10 ** ((two - one) / 400))
      const change = Math.sign(points) * Math.round(Math.abs(32 * points)) + 0
      const changes = casual ? [null, null] : [change, 0 - change]
      played.push({ at, pair, casual, day, changes, rejected: false })
      pair.forEach((player, side) => {
        if (casual) return
        const rating = [one, two][side]! + changes[side]!
        for (const list of [global, days[day]]) list.set(player, rating)
      })
    },
    reject(match: Played) {
      const wasCounted = match.pair.map((player) => counted(player).includes(match))
      match.rejected = true
      match.pair.forEach((player, side) => {
        if (!wasCounted[side]) return
        const others = counted(player)
        const takeBack = (list: Map<string, number>, stays: boolean) =>
          stays ? list.set(player, list.get(player)! - match.changes[side]!) : list.delete(player)
        takeBack(global, others.length > 0)
        takeBack(
          days[match.day]!,
          others.some((other) => other.day === match.day),
        )
      })
    },
    remove(at: number, player: string): boolean {
      if (!lists.some((list) => list.has(player))) return false
      lists.forEach((list) => list.delete(player))
      removals.push({ player, at })
      return true
    },
    ban: (player: string, on: boolean) => (on ? banned.add(player) : banned.delete(player)),
    list(of: number | string): Record<string, number> {
      const list = typeof of === 'number' ? days[of]! : global
      const inRegion = (player: string) => typeof of === 'number' || of === 'GLOBAL' || region.get(player) === of
      return Object.fromEntries([...list].filter(([player]) => !banned.has(player) && inRegion(player)))
    },
    stats(player: string) {
      const mine = played.filter((one) => !one.rejected && one.pair.includes(player))
      let [rating, best, begun] = [1200, 1200, -1]
      for (const one of mine) {
        const since = removedBefore(player, one.at)
        if (since > begun) [rating, begun] = [1200, since]
        rating += one.changes[one.pair.indexOf(player)] ?? 0
        best = Math.max(best, rating)
      }
      return { matches: mine.length, bestRating: best }
    },
  }
}

/** A rating that was the best one between two removals stays the best one. */
const removedTwice: Operation[] = [
  { do: 'play', pair: ['c', 'a'], drawn: false, casual: false, daysAgo: 0 },
  { do: 'remove', name: 'a' },
  { do: 'play', pair: ['a', 'b'], drawn: false, casual: false, daysAgo: 0 },
  { do: 'remove', name: 'a' },
  { do: 'play', pair: ['c', 'd'], drawn: false, casual: true, daysAgo: 0 },
  { do: 'reject', match: 0 },
]

let boards = 0

test('matches, rejections, removals, moves and bans leave what a naive model has', { timeout: 600_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 5, maxLength: 25 }), async (steps) => {
      const board = `matches-${++boards}`
      const days = [0, 1].map((ago) => new Date(Date.now() - ago * 86_400_000).toISOString())
      const types = ['GLOBAL', 'DAILY', 'REGIONAL']
      const rules = { id: board, metric: 'rating', autoVerify: true, types, graceMs: 5 * 86_400_000 }
      expect((await nodes[0]!.send('POST', '/v1/leaderboards', rules)).status).toBe(201)
      const id = (player: string) => `${board}.${player}`
      for (const player of names) await nodes[0]!.send('PUT', `/v1/players/${id(player)}`, { displayName: player })
      const model = createModel()
      const perform = async (at: number, step: Operation): Promise<void> => {
        const send = async (status: number, method: string, path: string, body?: object) =>
          expect({ at, path, status: (await nodes[at % 2]!.send(method, path, body)).status }).toEqual({
            at,
            path,
            status,
          })
        if (step.do === 'play') {
          const [match, playerIds] = [`${board}-${model.played.length}`, step.pair.map(id)]
          const type = step.casual ? 'CASUAL' : 'RANKED'
          const results = playerIds.map((playerId, side) => ({ playerId, placement: step.drawn ? 1 : side + 1 }))
          await send(201, 'POST', '/v1/matches', { id: match, leaderboard: board, type, playerIds })
          await send(200, 'POST', `/v1/matches/${match}/start`)
          await send(200, 'POST', `/v1/matches/${match}/complete`, { results, completedAt: days[step.daysAgo] })
          return model.play(at, step)
        }
        if (step.do === 'reject') {
          const match = step.match % Math.max(1, model.played.length)
          const one = model.played[match]
          if (!one || one.rejected) return
          await send(200, 'POST', `/v1/matches/${board}-${match}/reject`, { reason: 'model' })
          return model.reject(one)
        }
        const player = id(step.name)
        if (step.do === 'remove')
          return send(model.remove(at, step.name) ? 204 : 404, 'DELETE', `/v1/leaderboards/${board}/players/${player}`)
        if (step.do === 'put') {
          model.region.set(step.name, step.region)
          const region = step.region === null ? {} : { region: step.region }
          return send(200, 'PUT', `/v1/players/${player}`, { displayName: step.name, ...region })
        }
        model.ban(step.name, step.do === 'ban')
        return send(200, 'POST', `/v1/players/${player}/${step.do}`, { reason: 'model' })
      }
      const lists = [
        ['GLOBAL', 'GLOBAL'] as const,
        ...days.map((day, ago) => [`DAILY:${day.slice(0, 10)}`, ago] as const),
        ...regions.map((region) => [`REGIONAL:${region}`, region] as const),
      ]
      for (const [at, step] of steps.entries()) {
        await perform(at, step)
        const reader = nodes[(at + 1) % 2]!
        for (const [standings, of] of lists) {
          const { body } = await reader.get<Page>(`/v1/leaderboards/${board}/standings?standings=${standings}`)
          const rows = Object.fromEntries(body.rows.map((row) => [row.playerId.split('.')[1], row.score]))
          const wanted = model.list(of)
          expect({ at, standings, total: body.total, rows }).toEqual({
            at,
            standings,
            total: Object.keys(wanted).length,
            rows: wanted,
          })
        }
      }
      // From the server that did the last step: the other one hears of it a moment later.
      const last = nodes[(steps.length - 1) % 2]!
      for (const player of names) {
        const stats = (await last.get<PlayerStats>(`/v1/players/${id(player)}/stats`)).body
        expect(stats).toMatchObject(model.stats(player))
      }
    }),
    { numRuns: Number(process.env['PROPERTY_RUNS'] ?? 25), examples: [[removedTwice]] },
  )
})
