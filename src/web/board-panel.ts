import type { StandingsView } from '../client/standings-view.ts'
import { byId } from './by-id.ts'
import { createRankList, type RankList } from './rank-list.ts'
import { createRateMeter } from './rate-meter.ts'
import { standingsLabel } from './standings-choices.ts'
import { timeLeft } from './time-left.ts'

const rateWindowMs = 5000
const overlayRows = 10

export interface BoardPanel {
  rows: RankList
  title(text: string): void
  show(view: StandingsView): void
  /** Instead of rows. */
  say(title: string, text: string): void
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
  const rows = createRankList(byId('rows'), options.onPick)
  const meter = createRateMeter(rateWindowMs)
  let last: StandingsView | null = null

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

  function say(what: string, text: string): void {
    empty.hidden = false
    emptyTitle.textContent = what
    byId('empty-text').textContent = text
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

  setInterval(tick, 1000)

  return {
    rows,
    title(text) {
      title.textContent = text
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
      if (view.rows.length === 0) return say('No scores yet', 'The first one shows up here as soon as it is submitted.')
      empty.hidden = true
      columns.hidden = false
      const visible = overlay ? view.rows.slice(0, overlayRows) : view.rows
      rows.show(visible, view.room, view.decimals)
      shown.hidden = overlay || view.total <= visible.length
      shown.textContent = `The first ${visible.length} of ${total.textContent}. Follow a player to see others.`
    },
    say(what, text) {
      last = null
      say(what, text)
    },
  }
}

type Four = [HTMLElement, HTMLElement, HTMLElement, HTMLElement]
