import { arrange } from './arrange.ts'
import { createRow, type ListRow, type RowElement } from './rank-row.ts'

/** Rows by player that glide to their places. */
export interface RankList {
  /** `topic`: what list this is; under another topic everything is new and nothing glides. */
  show(rows: readonly ListRow[], topic: string, decimals: number): void
  /** Marks the row of the followed player, wherever it is. */
  mark(playerId: string | null): void
}

const settleEveryMs = 300
const leaveMs = 200
/** Beyond the edges of the window: scrolling comes upon them before the next update. */
const spareRows = 5

/** Shows rows in `list`; `onPick` gets the player whose row was chosen. */
export function createRankList(list: HTMLElement, onPick: (playerId: string) => void): RankList {
  const held = new Map<string, RowElement>()
  let order: readonly ListRow[] = []
  let topic: string | null = null
  let marked: string | null = null
  /** The one row that the Tab key stops at. */
  let stop: RowElement | undefined
  let formatter = new Intl.NumberFormat('en-US')

  function startOver(next: string, decimals: number): void {
    topic = next
    formatter = new Intl.NumberFormat('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
    held.clear()
    list.replaceChildren()
  }

  function remove(playerId: string, row: RowElement): void {
    held.delete(playerId)
    row.button.disabled = true
    row.element.ariaHidden = 'true'
    row.element.dataset['leaving'] = ''
    setTimeout(() => row.element.remove(), leaveMs)
  }

  function setStop(row: RowElement | undefined): void {
    if (row === stop) return
    if (stop !== undefined) stop.button.tabIndex = -1
    if (row !== undefined) row.button.tabIndex = 0
    stop = row
  }

  function show(rows: readonly ListRow[], nextTopic: string, decimals: number): void {
    const focusedAt = order.findIndex(({ playerId }) => held.get(playerId)?.button === document.activeElement)
    const lively = nextTopic === topic
    const inSight = lively ? placesInSight(list) : null
    if (!lively) startOver(nextTopic, decimals)
    const present = new Set(rows.map(({ playerId }) => playerId))
    for (const [playerId, row] of held) if (!present.has(playerId)) remove(playerId, row)

    const elements = rows.map(({ playerId }, place) => {
      const known = held.get(playerId)
      const row = known ?? createRow(playerId, formatter.format)
      if (known === undefined) {
        held.set(playerId, row)
        if (lively) row.element.dataset['entered'] = ''
        row.button.ariaPressed = String(playerId === marked)
        row.show(rows[place]!, place, null)
      }
      return row
    })
    arrange(
      list,
      elements.map(({ element }) => element),
    )
    for (const [place, row] of rows.entries()) elements[place]!.show(row, place, inSight)
    list.style.height = `calc(${rows.length} * var(--row-height))`
    order = rows

    const focused = focusedAt === -1 ? undefined : (heldAt(focusedAt, stop) ?? heldAt(rows.length - 1))
    if (focused !== undefined && focused.button !== document.activeElement)
      focused.button.focus({ preventScroll: true })
    setStop(focused ?? (marked === null ? undefined : held.get(marked)) ?? heldAt(0))
  }

  /** The row at a place, but rather `preferred` if that is still there. */
  function heldAt(place: number, preferred?: RowElement): RowElement | undefined {
    if (preferred?.button.disabled === false && preferred.element.isConnected) return preferred
    return held.get(order[place]?.playerId ?? '')
  }

  list.addEventListener('click', ({ target }) => {
    const playerId = (target as Element).closest<HTMLElement>('[data-player]')?.dataset['player']
    if (playerId !== undefined) onPick(playerId)
  })
  list.addEventListener('focusin', ({ target }) => {
    const playerId = (target as Element).closest<HTMLElement>('[data-player]')?.dataset['player']
    setStop(held.get(playerId ?? ''))
  })
  list.addEventListener('keydown', (event) => {
    const at = order.findIndex(({ playerId }) => held.get(playerId) === stop)
    const goals: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: order.length - 1 }
    const goal = held.get(order[goals[event.key] ?? -1]?.playerId ?? '')
    if (goal === undefined) return
    event.preventDefault()
    goal.button.focus()
  })
  setInterval(() => {
    for (const row of held.values()) row.settle(performance.now())
  }, settleEveryMs)

  return {
    show,
    mark(playerId) {
      if (marked !== null) held.get(marked)?.button.setAttribute('aria-pressed', 'false')
      if (playerId !== null) held.get(playerId)?.button.setAttribute('aria-pressed', 'true')
      marked = playerId
    },
  }
}

/** Looks where the list is, before anything is changed: looking later would cost a layout. */
function placesInSight(list: HTMLElement): (place: number) => boolean {
  const rowHeight = list.firstElementChild?.clientHeight ?? 0
  if (rowHeight === 0) return () => true
  const { top } = list.getBoundingClientRect()
  const from = -top / rowHeight - spareRows
  const to = (innerHeight - top) / rowHeight + spareRows
  return (place) => place >= from && place <= to
}
