import { afterAll, beforeAll, expect, test } from 'vitest'
import type { MatchView, PlayerStats } from '../../src/contract/match.ts'
import type { Client } from '../helpers/client.ts'
import { startStack, type Stack } from '../helpers/stack.ts'
import { expectListIsTruth } from '../helpers/oracle/truth.ts'
import { eventually } from '../helpers/wait.ts'

// Everything that clients may do to matches at the same time, then a sequential replay in the order of the ledger.

let stack: Stack
let clients: Client[]
beforeAll(async () => {
  stack = await startStack({ nodes: 2 })
  clients = [await stack.client('server', 'game-0', 0), await stack.client('server', 'game-1', 1)]
  await (await stack.client()).send('POST', '/v1/leaderboards', { id: 'ladder', metric: 'rating' })
})
afterAll(() => stack.stop())

// A fixed sequence: a failure comes back (Numerical Recipes' linear congruential generator).
let seed = 20_261_125
const random = () => (seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32
const oneOf = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!

const players = Array.from({ length: 20 }, (_, at) => `player-${at}`)
const guests = Array.from({ length: 40 }, (_, at) => `guest-${at}`)
const matchCount = 200

/** Sent to a node, again while it says that it may work later. */
async function send(path: string, body?: object, node = oneOf([0, 1])): Promise<number> {
  for (;;) {
    const answer = await clients[node]!.send<MatchView>('POST', `/v1/matches${path}`, body)
    if (answer.status < 500) return answer.status
  }
}

function planOf(at: number) {
  const count = random() < 0.6 ? 2 : 3 + Math.floor(random() * 6)
  const chosen = players.map((id) => ({ id, key: random() })).sort((a, b) => a.key - b.key)
  const guest = at % 5 === 0 ? [guests[at / 5]!] : []
  const playerIds = [...chosen.slice(0, count).map(({ id }) => id), ...guest]
  const drawn = random() < 0.2
  const results = playerIds.map((playerId, place) => ({
    playerId,
    placement: drawn ? 1 : place + 1,
    kills: Math.floor(random() * 20),
    deaths: Math.floor(random() * 20),
    ...(random() < 0.5 ? { accuracy: Math.floor(random() * 100) } : {}),
  }))
  const verdicts = Array.from({ length: 1 + Math.floor(random() * 4) }, () =>
    oneOf(['verify', 'verify', 'verify', 'dispute', 'reject'] as const),
  )
  return { id: `m${at}`, type: random() < 0.1 ? 'CASUAL' : 'RANKED', playerIds, results, verdicts }
}

async function play({ id, type, playerIds, results, verdicts }: ReturnType<typeof planOf>): Promise<void> {
  const definition = { id, leaderboard: 'ladder', type, playerIds }
  await Promise.all([send('', definition, 0), send('', definition, 1)])
  await Promise.all([send(`/${id}/start`, {}, 0), send(`/${id}/start`, {}, 1)])
  await Promise.all([send(`/${id}/complete`, { results }, 0), send(`/${id}/complete`, { results }, 1)])
  // Each verdict twice, all at once.
  await Promise.all(
    verdicts.flatMap((verdict) =>
      [0, 1].map((node) => send(`/${id}/${verdict}`, verdict === 'verify' ? {} : { reason: `${verdict}ed` }, node)),
    ),
  )
}

interface LedgerRow {
  id: number
  match_id: string
  player_id: string
  score: number | null
  reason: string | null
}

test('matches raced from two nodes end as a replay of the ledger does', { timeout: 300_000 }, async () => {
  const plans = Array.from({ length: matchCount }, (_, at) => planOf(at))
  const queue = [...plans]
  const worker = async () => {
    for (let plan = queue.shift(); plan; plan = queue.shift()) await play(plan)
  }
  await Promise.all(Array.from({ length: 12 }, worker))

  const ledger = (
    await stack.sql<Record<keyof LedgerRow, string | null>[]>`
      select id, match_id, player_id, score, reason from submissions order by id`
  ).map((row): LedgerRow => ({
    id: Number(row.id),
    match_id: row.match_id!,
    player_id: row.player_id!,
    score: row.score === null ? null : Number(row.score),
    reason: row.reason,
  }))
  const events: { id: string; back: boolean; rows: LedgerRow[] }[] = []
  for (const row of ledger) {
    const back = row.reason !== null
    const known = events.find((event) => event.id === row.match_id && event.back === back)
    if (known) known.rows.push(row)
    else events.push({ id: row.match_id, back, rows: [row] })
  }

  const replay = createReplay(new Map(plans.map((plan) => [plan.id, plan])))
  for (const { id, back, rows } of events) {
    const wanted = back ? replay.takeBack(id) : replay.apply(id)
    expect(Object.fromEntries(rows.map((row) => [row.player_id, row.score]))).toEqual(wanted)
  }

  const verified = new Set<string>()
  for (const { id } of plans) {
    const { body } = await clients[0]!.get<MatchView>(`/v1/matches/${id}`)
    if (body.verification === 'VERIFIED') verified.add(id)
    const steps = body.log!.map((line) => line.step)
    expect(new Set(steps).size).toBe(steps.length) // every transition once
    const applied = events.filter((event) => event.id === id).map((event) => event.back)
    expect(applied).toEqual(steps.includes('VERIFY') ? (steps.includes('REJECT') ? [false, true] : [false]) : [])
  }
  expect(new Set(replay.standing())).toEqual(verified)
  expect(verified.size).toBeGreaterThan(50)
  expect(events.filter((event) => event.back).length).toBeGreaterThan(10)

  // Guests play once: who of them is taken back has nothing left.
  const left = ledger.filter((row) => row.reason !== null && row.score === null && guests.includes(row.player_id))
  expect(left.length).toBeGreaterThan(0)
  expect(left.filter((row) => row.player_id in replay.ratings())).toEqual([])
  const page = await clients[1]!.get<{ rows: { playerId: string; score: number }[] }>(
    '/v1/leaderboards/ladder/standings?limit=1000',
  )
  expect(Object.fromEntries(page.body.rows.map((row) => [row.playerId, row.score]))).toEqual(replay.ratings())
  const expectStats = (client: Client, playerId: string) =>
    // The other node hears a moment later that its copy is old.
    eventually(async () =>
      expect((await client.get<PlayerStats>(`/v1/players/${playerId}/stats`)).body).toEqual(replay.stats(playerId)),
    )
  for (const client of clients) await Promise.all([...players, ...guests].map((id) => expectStats(client, id)))
  const redis = stack.redisClient()
  await eventually(() => expectListIsTruth(stack, redis, 'ladder'))
})

/** The contract once more, as plainly as can be. */
function createReplay(plans: Map<string, ReturnType<typeof planOf>>) {
  const ratings: Record<string, number> = {}
  const applied = new Map<string, Record<string, { before: number; change: number }>>()
  const round = (value: number) => Math.sign(value) * Math.round(Math.abs(value))
  return {
    apply(id: string): Record<string, number | null> {
      const { type, playerIds, results } = plans.get(id)!
      const before = Object.fromEntries(playerIds.map((player) => [player, ratings[player] ?? 1200]))
      const done: Record<string, { before: number; change: number }> = {}
      results.forEach((own, at) => {
        const points = results.map((other) => {
          if (other === own) return 0
          const expected = 1 / (1 + 10 ** ((before[other.playerId]! - before[own.playerId]!) / 400))
          return (own.placement === other.placement ? 0.5 : own.placement < other.placement ? 1 : 0) - expected
        })
        const change = round((32 * points.reduce((a, b) => a + b)) / (results.length - 1)) + 0
        const isSecond = results.length === 2 && at === 1
        done[own.playerId] = { before: before[own.playerId]!, change: isSecond ? -done[playerIds[0]!]!.change : change }
      })
      applied.set(id, type === 'CASUAL' ? {} : done)
      if (type === 'CASUAL') return Object.fromEntries(playerIds.map((player) => [player, null]))
      for (const player of playerIds) ratings[player] = before[player]! + done[player]!.change
      return Object.fromEntries(playerIds.map((player) => [player, ratings[player]!]))
    },
    takeBack(id: string): Record<string, number | null> {
      const done = applied.get(id)!
      applied.delete(id)
      const counts = (player: string) => [...applied.values()].some((other) => player in other)
      for (const [player, { change }] of Object.entries(done))
        if (counts(player)) ratings[player] = ratings[player]! - change
        else delete ratings[player]
      return Object.fromEntries(plans.get(id)!.playerIds.map((player) => [player, ratings[player] ?? null]))
    },
    ratings: () => ratings,
    standing: () => applied.keys(),
    stats(playerId: string): PlayerStats {
      const mine = [...applied].flatMap(([id, done]) => {
        const { results } = plans.get(id)!
        const own = results.find((one) => one.playerId === playerId)
        if (!own) return []
        const firsts = results.filter((one) => one.placement === 1).length
        const result = own.placement > 1 ? 'LOSS' : firsts > 1 ? 'DRAW' : 'WIN'
        return [{ ...own, result, change: done[playerId]?.change ?? 0 }]
      })
      let rating = 1200
      const held = mine.map(({ change }) => (rating += change))
      const sum = (of: (one: (typeof mine)[number]) => number) => mine.reduce((total, one) => total + of(one), 0)
      const streaks = mine.reduce<number[]>(
        (list, { result }) => [...list, result === 'WIN' ? list.at(-1)! + 1 : 0],
        [0],
      )
      const accuracies = mine.flatMap((one) => one.accuracy ?? [])
      const mean = accuracies.reduce((a, b) => a + b, 0) / accuracies.length
      return {
        playerId,
        matches: mine.length,
        wins: mine.filter((one) => one.result === 'WIN').length,
        losses: mine.filter((one) => one.result === 'LOSS').length,
        draws: mine.filter((one) => one.result === 'DRAW').length,
        kills: sum((one) => one.kills),
        deaths: sum((one) => one.deaths),
        assists: 0,
        kd:
          Math.round(
            (100 * sum((one) => one.kills)) /
              Math.max(
                1,
                sum((one) => one.deaths),
              ),
          ) / 100,
        accuracy: accuracies.length === 0 ? null : Math.round(mean * 100) / 100,
        currentStreak: streaks.at(-1)!,
        bestStreak: Math.max(...streaks),
        bestRating: Math.max(1200, ...held),
      }
    },
  }
}
