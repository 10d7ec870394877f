import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { follow, notJoined, type RoomInput } from '../../../src/client/follow-room.ts'
import { emptyView, nextView, type StandingsView } from '../../../src/client/standings-view.ts'
import type { PeriodView } from '../../../src/contract/reads.ts'
import { standingsStatuses, type StandingsStatus } from '../../../src/ranking/status.ts'
import { createModelRoom } from './model-room.ts'

// What a view says of its period never contradicts its state.

const name = 'arena/SEASONAL:winter'
const room = createModelRoom(10, name)
const [planned, byHand] = ['2027-03-01T00:00:00.000Z', '2026-12-24T18:00:00.000Z']
const period = (status: StandingsStatus, endsAt = planned): PeriodView => ({
  startsAt: '2026-12-01T00:00:00.000Z',
  endsAt,
  status,
})
const ack = (of: PeriodView | null, mode: 'snapshot' | 'current' = 'snapshot'): RoomInput => {
  const joined = room.join(mode === 'current' ? room.position() : null)
  return { type: 'ack', data: { ...joined, period: of } }
}
const closed: RoomInput = { type: 'closed', data: { room: name, next: null } }
const head = (of?: PeriodView | null): RoomInput => {
  const ended = of === undefined ? {} : { next: null, period: of }
  return { type: 'head', data: { ...room.head(), room: name, ...ended } }
}
const join: RoomInput = { type: 'join' }
const lost: RoomInput = { type: 'lost' }

function views(inputs: RoomInput[]): StandingsView[] {
  let state = notJoined()
  let view = emptyView('arena', 'SEASONAL:winter')
  return inputs.map((input, at) => {
    state = follow(state, input, at)
    return (view = nextView(view, state, null))
  })
}
const last = (inputs: RoomInput[]) => views(inputs).at(-1)!

describe('a view', () => {
  test('of a season closed by hand has its present end', () => {
    const inputs = [join, ack(period('OPEN')), head(period('CLOSING', byHand)), closed]
    for (const view of views(inputs).slice(2))
      expect(view).toMatchObject({ state: 'closed', period: period('CLOSING', byHand) })
  })
  test('of a room that a server closes without its period is not open', () => {
    expect(last([join, ack(period('OPEN')), closed])).toMatchObject({ state: 'closed', period: period('CLOSING') })
    const told: RoomInput = { type: 'head', data: { ...room.head(), room: name, next: null } }
    expect(last([join, ack(period('OPEN')), told])).toMatchObject({ state: 'closed', period: period('CLOSING') })
  })
  test('that joins what has ended is closed, and heads move its period on', () => {
    const joined = [join, ack(period('CLOSING'))]
    expect(last(joined)).toMatchObject({ state: 'closed', period: period('CLOSING') })
    expect(last([...joined, head(period('SEALED'))])).toMatchObject({ state: 'closed', period: period('SEALED') })
  })
  test('is not led back by a server that has not heard of the end', () => {
    const before = [join, ack(period('OPEN')), head(period('CLOSING', byHand)), lost, join]
    for (const mode of ['snapshot', 'current'] as const)
      expect(last([...before, ack(period('OPEN'), mode)])).toMatchObject({
        state: 'closed',
        period: period('CLOSING', byHand),
      })
  })
  test('of a leaderboard that is gone has no period', () => {
    expect(last([join, ack(period('OPEN')), head(null), closed])).toMatchObject({ state: 'closed', period: null })
  })
  test('stays the same object while heads say the same', () => {
    const inputs = [join, ack(period('CLOSING')), head(period('CLOSING')), head(period('CLOSING'))]
    let state = notJoined()
    const held = inputs.map((input, at) => (state = follow(state, input, at)).held)
    expect(held[3]).toBe(held[1])
  })
})

test('in whatever order messages come, a closed view has no open period, and a live one no other', () => {
  const some = fc.option(fc.constantFrom(...standingsStatuses).map((status) => period(status)))
  const maybe = fc.option(some, { nil: undefined })
  const input = fc.oneof(
    fc.constant(join),
    fc.constant(lost),
    fc.tuple(some, fc.constantFrom<'snapshot' | 'current'>('snapshot', 'current')).map((of) => ack(...of)),
    fc.constant(closed),
    maybe.map(head),
  )
  fc.assert(
    fc.property(fc.array(input, { maxLength: 12 }), (inputs) => {
      const contradicts = ({ state, period: of }: StandingsView) =>
        (state === 'closed' && of?.status === 'OPEN') || (state === 'live' && of !== null && of.status !== 'OPEN')
      expect(views([join, ack(period('OPEN')), ...inputs]).filter(contradicts)).toEqual([])
    }),
    { numRuns: 3000 },
  )
})
