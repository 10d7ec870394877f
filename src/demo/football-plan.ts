import type { MatchRow } from './football-file.ts'
import { createTeamIds } from './player-ids.ts'

/** A duel to play through the API. */
export interface FootballMatch {
  id: string
  /** Day of the match, `YYYY-MM-DD`. */
  date: string
  home: string
  away: string
  /** 1 and 2, or 1 and 1 for a draw. */
  homePlacement: 1 | 2
  awayPlacement: 1 | 2
  homeScore: number
  awayScore: number
  completedAt: string
}

export interface FootballPlan {
  /** In the order of the rows. */
  matches: FootballMatch[]
  /** Display name by player id, in order of the first match. */
  names: Map<string, string>
  /** Rows left out, counted. */
  withoutScore: number
}

const hourMs = 3_600_000
// `football:`, a date, two ids of this length and a number behind them fit the 64 characters of a match id.
const idPart = 20

/** One duel a match, in the order of `rows`; those without a score are left out and counted. */
export function footballPlan(rows: readonly MatchRow[]): FootballPlan {
  const teamId = createTeamIds()
  const matchId = createMatchIds()
  const hourOf = createHours()
  const plan: FootballPlan = { matches: [], names: new Map(), withoutScore: 0 }
  for (const { date, home: homeName, away: awayName, homeScore, awayScore } of rows) {
    if (homeScore === null || awayScore === null) {
      plan.withoutScore++
      continue
    }
    const [home, away] = [teamId(homeName), teamId(awayName)]
    plan.names.set(home, homeName).set(away, awayName)
    plan.matches.push({
      id: matchId(date, home, away),
      date,
      home,
      away,
      homePlacement: homeScore < awayScore ? 2 : 1,
      awayPlacement: awayScore < homeScore ? 2 : 1,
      homeScore,
      awayScore,
      completedAt: new Date(Date.parse(`${date}T12:00:00.000Z`) + hourOf(date, home, away) * hourMs).toISOString(),
    })
  }
  return plan
}

// The same on every run, so that what was played is found again. A fixture that stands twice on a day is two matches.
function createMatchIds(): (date: string, home: string, away: string) => string {
  const taken = new Map<string, number>()
  return (date, home, away) => {
    const base = `football:${date}:${home.slice(0, idPart)}:${away.slice(0, idPart)}`
    const nth = (taken.get(base) ?? 0) + 1
    taken.set(base, nth)
    return nth === 1 ? base : `${base}.${nth}`
  }
}

// The source has no kick-off time: noon UTC is the match day in nearly every time zone. A team's next match of the same day
// is an hour later.
function createHours(): (date: string, home: string, away: string) => number {
  let day = ''
  const next = new Map<string, number>()
  return (date, home, away) => {
    if (date !== day) next.clear()
    day = date
    const hour = Math.max(next.get(home) ?? 0, next.get(away) ?? 0)
    next.set(home, hour + 1).set(away, hour + 1)
    return hour
  }
}
