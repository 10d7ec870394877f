import type { StandingsView } from '../client/standings-view.ts'
import type { LeaderboardView } from '../contract/leaderboard.ts'
import { byId } from './by-id.ts'
import { stepsToScore, type Step } from './first-steps.ts'
import { readHere } from './here.ts'
import { createRankList, type RankList } from './rank-list.ts'
import { createRateMeter } from './rate-meter.ts'
import { standingsLabel } from './standings-choices.ts'
import { createStepList } from './step-list.ts'
import { timeLeft } from './time-left.ts'

const rateWindowMs = 5000
const overlayRows = 10

export interface BoardPanel {
  rows: RankList
  /** Begins with a leaderboard; null: none. */
  begin(board: LeaderboardView | null): void
  /** The same leaderboard, as it is called now. */
  describe(board: LeaderboardView): void
  show(view: StandingsView): void
  /** Instead of rows, with what may be done. */
  say(title: string, text: string, steps?: readonly Step[]): void
}

/** The standings with what is known about them. */
export function createBoardPanel(options: {
  overlay: boolean
  onPick: (playerId: string) => void
  announce: (topic: string, text: string, quietMs?: number) => void
}): BoardPanel {
  const { overlay, announce } = options
  const [title, subtitle, facts, total] = ['title', 'subtitle', 'facts', 'total'].map((id) => byId(id)) as Four
  const [rate, period, periodLabel, left] = ['rate', 'period', 'period-label', 'time-left'].map((id) =>
    byId(id),
  ) as Four
  const [columns, shown, empty, emptyTitle] = ['columns', 'shown', 'empty', 'empty-title'].map((id) => byId(id)) as Four
  const description = byId('description')
  const showSteps = createStepList()
  const rows = createRankList(byId('rows'), options.onPick)
  const meter = createRateMeter(rateWindowMs)
  let last: StandingsView | null = null
  let board: LeaderboardView | null = null

  function tick(): void {
    if (last === null) return
    rate.textContent = meter.perSecond(performance.now()).toFixed(1)
    const ends = last.period === null ? null : Date.parse(last.period.endsAt)
    period.hidden = ends === null
    if (ends === null) return
    const over = last.period?.status !== 'OPEN'
    periodLabel.textContent = over ? 'Period' : 'Ends in'
    left.textContent = over ? 'ended' : timeLeft(ends - Date.now())
  }

  function describe(now: LeaderboardView | null): void {
    board = now
    title.textContent = now?.title ?? 'Leaderboards'
    description.textContent = now?.description ?? ''
    description.hidden = description.textContent === ''
  }

  function say(what: string, text: string, steps: readonly Step[] = []): void {
    empty.hidden = false
    emptyTitle.textContent = what
    byId('empty-text').textContent = text
    showSteps(steps)
    columns.hidden = true
    shown.hidden = true
    rows.show([], '', 0)
    if (last !== null) return
    facts.hidden = true
    subtitle.textContent = ''
  }

  function tellNews(view: StandingsView): void {
    if (last?.room !== view.room) return
    const [leader, before] = [view.rows[0], last.rows[0]]
    if (leader !== undefined && before !== undefined && leader.playerId !== before.playerId)
      announce('leader', `${leader.displayName} takes the lead.`, 5000)
  }

  function sayEmpty({ standings, state, period }: StandingsView): void {
    const over = state === 'closed' || (period !== null && period.status !== 'OPEN')
    if (over || board === null) return say('No scores', 'Nothing was scored here before the period ended.')
    const steps = stepsToScore(readHere(), board, standings ?? '')
    say('No scores yet', 'The first one shows up here as soon as it is submitted.', steps)
  }

  setInterval(tick, 1000)

  return {
    rows,
    describe,
    begin(next) {
      describe(next)
      last = null
      meter.reset(performance.now())
    },
    show(view) {
      if (view.room === null) return
      if (last?.room === view.room && (last.epoch !== view.epoch || last.seq !== view.seq))
        meter.count(performance.now())
      tellNews(view)
      last = view
      subtitle.textContent = standingsLabel(view.standings ?? '')
      total.textContent = view.total.toLocaleString('en-US')
      facts.hidden = false
      tick()
      if (view.rows.length === 0) return sayEmpty(view)
      empty.hidden = true
      columns.hidden = false
      const visible = overlay ? view.rows.slice(0, overlayRows) : view.rows
      rows.show(visible, view.room, view.decimals)
      shown.hidden = overlay || view.total <= visible.length
      shown.textContent = `The first ${visible.length} of ${total.textContent}. Follow a player to see others.`
    },
    say(what, text, steps) {
      last = null
      say(what, text, steps)
    },
  }
}

type Four = [HTMLElement, HTMLElement, HTMLElement, HTMLElement]
