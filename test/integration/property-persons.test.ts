import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { History, Page } from '../../src/contract/reads.ts'
import type { Client } from '../helpers/client.ts'
import { startStack, type Stack } from '../helpers/stack.ts'
import { eventually } from '../helpers/wait.ts'

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
/** Takes the type REGIONAL away, or adds it again. */
const toggle = fc.constant({ do: 'toggle' as const })
const operations = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: operation.map((one) => [one]) },
      { weight: 1, arbitrary: fc.tuple(toggle, operation, operation, toggle) },
    ),
    { minLength: 5, maxLength: 20 },
  )
  .map((steps) => steps.flat())
type PersonOperation = typeof operation extends fc.Arbitrary<infer T> ? T : never
type Operation = PersonOperation | { do: 'toggle' }
const movedMeanwhile: Operation[] = [
  { do: 'put', name: 'a', region: 'EU' },
  { do: 'submit', name: 'a', score: 1 },
  { do: 'toggle' },
  { do: 'put', name: 'a', region: 'US' },
  { do: 'toggle' },
]
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

interface Happened {
  kind: string
  score: number | null
  /** What it did to each standings: null, or why nothing. */
  effects: [standings: string, reason: string | null][]
}

/** The contract as simply as can be. Returns the status that each operation gets. */
function createModel({ ties, operator, types }: Definition) {
  const persons = new Map<string, Person>()
  const happened = new Map<string, Happened[]>()
  const global = types.includes('GLOBAL')
  let away = false
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
  const note = (id: string, one: Happened) => {
    if (one.effects.length > 0) happened.set(id, [...(happened.get(id) ?? []), one])
  }
  // Nothing is left of scores whose regional entry went with the region, where no GLOBAL holds it.
  const lost = (id: string) => {
    for (const one of happened.get(id) ?? [])
      if (one.kind === 'SCORE') one.effects = one.effects.map(([standings]) => [standings, 'REMOVED'])
  }
  const heldBy = ({ global: all, regional, region }: Person): Happened['effects'] => [
    ...(all ? [['GLOBAL', null] as [string, null]] : []),
    ...(regional ? [[`REGIONAL:${region}`, null] as [string, null]] : []),
  ]
  const submit = (step: { name: string; score: number }, at: number): number => {
    // Nobody's region and no GLOBAL: the score belongs nowhere.
    if (!global && (persons.get(step.name)?.region ?? null) === null) return 400
    const own = known(step.name)
    const effects: Happened['effects'] = []
    const put = (standings: string, held: Entry | null): Entry => {
      const next = fold(held, step.score, at)
      effects.push([standings, next !== held ? null : operator === 'best' ? 'NOT_BETTER' : 'UNCHANGED'])
      return next
    }
    if (global) own.global = put('GLOBAL', own.global)
    if (own.region !== null && !away) own.regional = put(`REGIONAL:${own.region}`, own.regional)
    note(step.name, { kind: 'SCORE', score: step.score, effects })
    return 200
  }
  return {
    apply(step: Operation, at: number): number {
      if (step.do === 'toggle') {
        // Without GLOBAL no type would be left.
        away = global && !away
        return 200
      }
      if (step.do === 'submit') return submit(step, at)
      const person = persons.get(step.name)
      if (step.do === 'put') {
        const own = known(step.name)
        if (own.region === step.region) return person ? 200 : 201
        const source = global && !away ? own.global : own.regional
        const effects: Happened['effects'] = own.regional ? [[`REGIONAL:${own.region}`, null]] : []
        if (own.regional && step.region === null && !global) lost(step.name)
        own.regional = step.region === null ? null : source
        own.region = step.region
        if (own.regional) effects.push([`REGIONAL:${own.region}`, null])
        note(step.name, { kind: 'REGION', score: source?.score ?? null, effects })
        return person ? 200 : 201
      }
      if (!person) return 404
      if (step.do === 'erase') {
        const touched = (happened.get(step.name) ?? []).flatMap((one) => one.effects.filter(([, why]) => why === null))
        persons.delete(step.name)
        happened.delete(step.name)
        const effects = [...new Set(touched.map(([standings]) => standings))]
        note(step.name, { kind: 'ERASE', score: null, effects: effects.map((one) => [one, null]) })
        return 204
      }
      if (person.banned === (step.do === 'ban')) return 200
      person.banned = step.do === 'ban'
      note(step.name, { kind: step.do.toUpperCase(), score: null, effects: heldBy(person) })
      return 200
    },
    /** The types that the leaderboard keeps now. */
    types: () => types.filter((type) => !away || type !== 'REGIONAL'),
    /** A row is of the standings that it had an effect on, whatever it is. `*`: of all, with those that it changed. */
    history(name: string, standings: string) {
      const rows = (happened.get(name) ?? []).flatMap(({ kind, score, effects }) => {
        const asked = effects.filter(([one]) => standings === '*' || one === standings)
        const changed = asked.filter(([, reason]) => reason === null).map(([one]) => one)
        // A ban gives its own reason.
        const reason = kind.endsWith('BAN') ? 'model' : changed.length > 0 ? null : (asked[0]?.[1] ?? null)
        return asked.length === 0
          ? []
          : [{ kind, score, reason, ...(standings === '*' && { changed: changed.sort() }) }]
      })
      return rows.toReversed()
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

const entriesOf = async (client: Client, board: string, who: string, query: string) => {
  const path = `/v1/leaderboards/${board}/players/${board}.${who}/history${query}`
  const { status, body } = await client.get<History & { code?: string }>(path)
  return status === 200
    ? body.entries.map(({ kind, score, reason, changed }) => ({
        kind,
        score,
        reason,
        ...(changed && { changed: changed.sort() }),
      }))
    : body.code
}

/** Every server knows of it when it is answered. */
async function setTypes(board: string, types: string[]): Promise<number> {
  const { status } = await nodes[0]!.send('PATCH', `/v1/leaderboards/${board}`, { types })
  for (const node of nodes)
    await eventually(async () => expect((await node.get(`/v1/leaderboards/${board}`)).body).toMatchObject({ types }))
  return status
}

async function send(client: Client, board: string, step: PersonOperation): Promise<number> {
  const path = `/v1/players/${board}.${step.name}`
  if (step.do === 'submit')
    return (await client.submit(board, { playerId: `${board}.${step.name}`, score: step.score })).status
  if (step.do === 'put') return (await client.send('PUT', path, { displayName: step.name, region: step.region })).status
  if (step.do === 'erase') return (await client.send('DELETE', path)).status
  return (await client.send('POST', `${path}/${step.do}`, { reason: 'model' })).status
}

test('submissions, moves, bans, erasures and types that come and go leave what a naive model has', async () => {
  await fc.assert(
    fc.asyncProperty(definition, operations, async (rules, steps) => {
      const board = `persons-${++boards}`
      expect((await nodes[0]!.send('POST', '/v1/leaderboards', { id: board, ...rules })).status).toBe(201)
      const model = createModel(rules)
      for (const [at, step] of steps.entries()) {
        const wanted = model.apply(step, at)
        const status =
          step.do === 'toggle' ? await setTypes(board, model.types()) : await send(nodes[at % 2]!, board, step)
        expect({ at, status }).toEqual({ at, status: wanted })
        const kept = model.types()
        for (const standings of [
          ...(kept.includes('GLOBAL') ? ['GLOBAL'] : []),
          ...(kept.includes('REGIONAL') ? regions.map((r) => `REGIONAL:${r}`) : []),
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
      await setTypes(board, rules.types)
      for (const who of names) {
        for (const standings of [...rules.types.filter((type) => type === 'GLOBAL'), 'REGIONAL:EU', 'REGIONAL:US', '*'])
          expect(await entriesOf(nodes[0]!, board, who, `?standings=${standings}`)).toEqual(
            model.history(who, standings),
          )
        const unnamed = rules.types.includes('GLOBAL') ? model.history(who, 'GLOBAL') : 'VALIDATION'
        expect(await entriesOf(nodes[0]!, board, who, '')).toEqual(unnamed)
      }
    }),
    { numRuns: 25, examples: [[{ ties: 'first', operator: 'best', types: ['GLOBAL', 'REGIONAL'] }, movedMeanwhile]] },
  )
})
