import { expect, test } from 'vitest'
import { parseCsv } from '../../../src/demo/csv.ts'
import { decodeGoals, encodeGoals } from '../../../src/demo/goal-file.ts'
import { joinGoals } from '../../../src/demo/join-goals.ts'

const results = `date,home_team,away_team,tournament,city
1974-02-17,Tahiti,New Caledonia,Friendly,Papeete
1974-02-17,Tahiti,New Caledonia,Friendly,Papeete
1994-06-18,United States,Switzerland,FIFA World Cup,"Pontiac, Michigan"
1996-11-03,United States,Guatemala,FIFA World Cup qualification,"Washington, D.C."
`
const goalscorers = `date,home_team,away_team,team,scorer,minute,own_goal
1974-02-17,Tahiti,New Caledonia,Tahiti,"Delio ""Maravilla"" Gamboa",NA,FALSE
1994-06-18,United States,Switzerland,Switzerland,Georges Brégy,39,FALSE
1996-11-03,United States,Guatemala,United States,NA,54,FALSE
1996-11-03,United States,Guatemala,United States,"Own, Goal",60,TRUE
`
const joined = joinGoals(parseCsv(goalscorers), parseCsv(results))

test('goals join their match once, and only the tournament itself is the World Cup', () => {
  expect(joined.map(({ scorer, minute, worldCup, ownGoal }) => [scorer, minute, worldCup, ownGoal])).toEqual([
    ['Delio "Maravilla" Gamboa', null, false, false],
    ['Georges Brégy', 39, true, false],
    [null, 54, false, false],
    ['Own, Goal', 60, false, true],
  ])
})

test('a goal without a match, and a match of two tournaments, are refused', () => {
  expect(() => joinGoals(parseCsv(goalscorers), parseCsv('date,home_team,away_team,tournament\n'))).toThrow('no result')
  const contradicting = `${results}1974-02-17,Tahiti,New Caledonia,FIFA World Cup,Papeete\n`
  expect(() => joinGoals(parseCsv(goalscorers), parseCsv(contradicting))).toThrow('two tournaments')
})

test('the compact form gives back what was put in', () => {
  expect(decodeGoals(encodeGoals(joined))).toEqual(joined)
  expect(encodeGoals(joined)).toContain('CC0')
})

test('the compact form refuses what it could not give back', () => {
  const [goal] = joined
  expect(() => encodeGoals([{ ...goal!, scorer: 'a\tb' }])).toThrow('tab or line end')
  expect(() => encodeGoals([{ ...goal!, scorer: 'a\nb' }])).toThrow('tab or line end')
  expect(() => encodeGoals([{ ...goal!, team: 'Fiji' }])).toThrow('did not play')
})

test('CSV: quotes, commas, line ends and empty fields', () => {
  expect(parseCsv('a,b\r\n"x, ""y""\n",\r\n,"z"')).toEqual([
    { a: 'x, "y"\n', b: '' },
    { a: '', b: 'z' },
  ])
  expect(parseCsv('')).toEqual([])
  expect(parseCsv('a,b\n1,\n')).toEqual([{ a: '1', b: '' }])
})

test.each(['a,b\n1\n', 'a\n"open\n', 'a\n"x"y\n', 'a\nx"y\n'])('CSV: %j is refused', (text) => {
  expect(() => parseCsv(text)).toThrow('CSV')
})
