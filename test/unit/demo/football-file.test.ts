import { describe, expect, test } from 'vitest'
import { parseCsv } from '../../../src/demo/csv.ts'
import { decodeMatches, encodeMatches } from '../../../src/demo/football-file.ts'
import { footballRows } from '../../../src/demo/football-rows.ts'

const results = `date,home_team,away_team,home_score,away_score,tournament,city
1957-03-06,Gold Coast,Nigeria,3,0,Friendly,"Accra, East"
1957-03-07,Gold Coast,Nigeria,0,0,Friendly,Accra
1950-05-28,Nigeria,Gold Coast,NA,NA,Friendly,Lagos
1957-03-07,Mali,Togo,10,1,Friendly,Bamako
`
const formerNames = `current,former,start_date,end_date
Ghana,Gold Coast,1950-05-28,1957-03-06
`
const rows = footballRows(parseCsv(results), parseCsv(formerNames))

describe('rows of the source', () => {
  test('come in order of date, equal dates as they stood, without a score where there is none', () => {
    expect(rows.map(({ date, home, homeScore, awayScore }) => [date, home, homeScore, awayScore])).toEqual([
      ['1950-05-28', 'Nigeria', null, null],
      ['1957-03-06', 'Ghana', 3, 0],
      ['1957-03-07', 'Gold Coast', 0, 0],
      ['1957-03-07', 'Mali', 10, 1],
    ])
  })

  test('have a former name only outside of its dates', () => {
    expect(rows.map(({ home, away }) => [home, away])).toEqual([
      ['Nigeria', 'Ghana'],
      ['Ghana', 'Nigeria'],
      ['Gold Coast', 'Nigeria'],
      ['Mali', 'Togo'],
    ])
  })

  test.each(['-1', '1.5', '', 'two'])('a score of %j is refused', (score) => {
    const text = `date,home_team,away_team,home_score,away_score\n2000-01-01,A,B,${score},0\n`
    expect(() => footballRows(parseCsv(text), [])).toThrow(/not a number of goals|missing or empty/)
  })
})

describe('the compact form', () => {
  test('gives back what was put in', () => {
    expect(decodeMatches(encodeMatches(rows))).toEqual(rows)
    expect(encodeMatches(rows)).toContain('CC0')
  })

  test.each(['', 'a\tb', 'a\nb', '=a', '#a'])('refuses a team %j', (away) => {
    expect(() => encodeMatches([{ ...rows[0]!, away }])).toThrow('name')
  })

  test('a match before any day is refused', () => {
    expect(() => decodeMatches('A\tB\t1\t0\n')).toThrow('before any day')
  })
})
