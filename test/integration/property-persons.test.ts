import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Page } from '../../src/contract/reads.ts'
import type { Client } from '../helpers/client.ts'
import { startStack, type Stack } from '../helpers/stack.ts'

let stack: Stack
let nodes: Client[]
beforeAll(async () => {
  stack = await startStack({ nodes: 2, env: { PLAYER_SUBMITS_PER_S: '0', REDIS_COMMAND_TIMEOUT: '20000' } })
  nodes = [await stack.client(), await stack.client('admin', 'second', 1)]
})
afterAll(() => stack.stop())

const names = ['a', 'b', 'c']
const regions = ['EU', 'US']
const name = fc.constantFrom(...names)
const operation = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('submit' as const), name, score: fc.integer({ min: -2, max: 3 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('put' as const), name, region: fc.constantFrom(...regions, null) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('ban' as const), name }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('unban' as const), name }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('erase' as const), name }) },
)
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never
const definition = fc.record({
  ties: fc.constantFrom('first' as const, 'last' as const),
  operator: fc.constantFrom('best' as const, 'last' as const, 'sum' as const),
  types: fc.constantFrom<string[]>(['GLOBAL', 'REGIONAL'], ['REGIONAL']),
})
type Definition = typeof definition extends fc.Arbitrary<infer T> ? T : never

interface Entry {
  score: number
  reached: number
}
interface Person {
  region: string | null
  banned: boolean
  global: Entry | null
  regional: Entry | null
}

/** The contract as simply as can be. Answers the status that each operation gets. */
function createModel({ ties, operator, types }: Definition) {
  const persons = new Map<string, Person>()
  const global = types.includes('GLOBAL')
  const fold = (held: Entry | null, score: number, reached: number): Entry => {
    if (held === null) return { score, reached }
    const next = operator === 'sum' ? held.score + score : operator === 'last' ? score : Math.max(held.score, score)
    return next === held.score ? held : { score: next, reached }
  }
  const known = (id: string): Person => {
    const person = persons.get(id) ?? { region: null, banned: false, global: null, regional: null }
    persons.set(id, person)
    return person
  }
  return {
    apply(step: Operation, at: number): number {
      const person = persons.get(step.name)
      if (step.do === 'submit') {
        // Nobody's region and no GLOBAL: the score belongs nowhere.
        if (!global && (person?.region ?? null) === null) return 400
        const own = known(step.name)
        if (global) own.global = fold(own.global, step.score, at)
        if (own.region !== null) own.regional = fold(own.regional, step.score, at)
        return 200
      }
      if (step.do === 'put') {
        const own = known(step.name)
        if (own.region !== step.region) {
          const source = global ? own.global : own.regional
          own.regional = step.region === null ? null : source
          own.region = step.region
        }
        return person ? 200 : 201
      }
      if (!person) return 404
      if (step.do === 'erase') persons.delete(step.name)
      else person.banned = step.do === 'ban'
      return step.do === 'erase' ? 204 : 200
    },
    list(standings: string): { playerId: string; score: number }[] {
      const entries = [...persons].flatMap(([playerId, { region, banned, ...held }]) => {
        const entry = standings === 'GLOBAL' ? held.global : standings === `REGIONAL:${region}` ? held.regional : null
        return entry && !banned ? [{ playerId, ...entry }] : []
      })
      const sign = ties === 'first' ? 1 : -1
      return entries
        .sort((a, b) => b.score - a.score || sign * (a.reached - b.reached))
        .map(({ playerId, score }) => ({ playerId, score }))
    },
  }
}

let boards = 0

async function send(client: Client, board: string, step: Operation): Promise<number> {
  const path = `/v1/players/${board}.${step.name}`
  if (step.do === 'submit')
    return (await client.submit(board, { playerId: `${board}.${step.name}`, score: step.score })).status
  if (step.do === 'put') return (await client.send('PUT', path, { displayName: step.name, region: step.region })).status
  if (step.do === 'erase') return (await client.send('DELETE', path)).status
  return (await client.send('POST', `${path}/${step.do}`, { reason: 'model' })).status
}

test('submissions, moves, bans and erasures leave what a naive model has', async () => {
  await fc.assert(
    fc.asyncProperty(definition, fc.array(operation, { minLength: 5, maxLength: 25 }), async (rules, steps) => {
      const board = `persons-${++boards}`
      expect((await nodes[0]!.send('POST', '/v1/leaderboards', { id: board, ...rules })).status).toBe(201)
      const model = createModel(rules)
      for (const [at, step] of steps.entries()) {
        const wanted = model.apply(step, at)
        expect({ at, status: await send(nodes[at % 2]!, board, step) }).toEqual({ at, status: wanted })
        for (const standings of [
          ...(rules.types.includes('GLOBAL') ? ['GLOBAL'] : []),
          ...regions.map((r) => `REGIONAL:${r}`),
        ]) {
          const path = `/v1/leaderboards/${board}/standings?standings=${standings}`
          const { body } = await nodes[(at + 1) % 2]!.get<Page>(path)
          const rows = body.rows.map(({ playerId, score }) => ({ playerId: playerId.split('.')[1]!, score }))
          expect({ at, standings, total: body.total, rows }).toEqual({
            at,
            standings,
            total: rows.length,
            rows: model.list(standings),
          })
        }
      }
    }),
    { numRuns: 25 },
  )
})
