import { expect, test } from 'vitest'
import { playerId } from '../../../src/contract/values.ts'
import { createPlayerIds, createTeamIds } from '../../../src/demo/player-ids.ts'

test.each([
  ['France', 'Just Fontaine', 'france.just-fontaine'],
  ['Curaçao', 'Edin Džeko', 'curacao.edin-dzeko'],
  ['Cameroon', "Samuel Eto'o", 'cameroon.samuel-etoo'],
  ['Turkey', 'İlhan Yılmaz', 'turkey.ilhan-yilmaz'],
  ['Iceland', 'Þórður Ægisson', 'iceland.thordur-aegisson'],
  ['Vietnam', 'Đỗ Hùng Dũng', 'vietnam.do-hung-dung'],
  ['Germany', 'Ulf Kirsten-Groß', 'germany.ulf-kirsten-gross'],
  ['Poland', 'Łukasz Ł. Gąska', 'poland.lukasz-l-gaska'],
])('%s, %s is %s', (team, name, id) => {
  expect(createPlayerIds()(team, name)).toBe(id)
})

test('the same person keeps the id, another who folds to it gets the next', () => {
  const id = createPlayerIds()
  expect(['Gérson', 'Gerson', 'Gérson', 'GERSON', 'Gerson'].map((name) => id('Brazil', name))).toEqual([
    'brazil.gerson',
    'brazil.gerson.2',
    'brazil.gerson',
    'brazil.gerson.3',
    'brazil.gerson.2',
  ])
})

test('long names are cut to the limit and still told apart', () => {
  const id = createPlayerIds()
  const long = 'Maximilian '.repeat(8)
  const ids = Array.from({ length: 12 }, (_, n) => id('Saint Vincent and the Grenadines', `${long}${n}`))
  expect(new Set(ids).size).toBe(12)
  expect(ids.filter((made) => !playerId.safeParse(made).success)).toEqual([])
  expect(ids[0]).toHaveLength(64)
})

test('names in another script have stable ids of the right shape', () => {
  const [first, again] = [createPlayerIds(), createPlayerIds()].map((id) => id('日本', '三浦知良'))
  expect(first).toBe(again)
  expect(playerId.safeParse(first).success).toBe(true)
  expect(createPlayerIds()('日本', '中田英寿')).not.toBe(first)
})

test('teams have ids of their own', () => {
  const id = createTeamIds()
  expect(['Curaçao', 'São Tomé and Príncipe', 'Curacao', 'Curaçao', 'Åland Islands'].map(id)).toEqual([
    'curacao',
    'sao-tome-and-principe',
    'curacao.2',
    'curacao',
    'aland-islands',
  ])
})
