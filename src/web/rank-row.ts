export interface ListRow {
  rank: number
  playerId: string
  displayName: string
  region?: string | undefined
  score: number
}

/** A row on the page. It keeps what it shows, so that an update touches only what differs. */
export interface RowElement {
  element: HTMLElement
  /** Takes the focus and the clicks. */
  button: HTMLButtonElement
  /** `inSight`: whether somebody can see a place; null: the list is new as a whole, nothing glides or is marked. */
  show(row: ListRow, place: number, inSight: ((place: number) => boolean) | null): void
  /** Lets marks fade whose time is over. */
  settle(now: number): void
}

const moveShownMs = 2500
const scoreShownMs = 900

/** Makes a row. Names come from anybody: everything is set as text. */
export function createRow(playerId: string, formatScore: (score: number) => string): RowElement {
  const element = document.createElement('li')
  const button = document.createElement('button')
  const part = (name: string) => {
    const span = document.createElement('span')
    span.className = name
    button.append(span)
    return span
  }
  /** A text to be changed in place, which costs less than a new one. */
  const textOf = (span: HTMLElement) => span.appendChild(document.createTextNode(''))
  element.dataset['player'] = playerId
  button.type = 'button'
  button.className = 'row'
  button.tabIndex = -1
  button.ariaPressed = 'false'
  const rank = textOf(part('rank'))
  const move = part('move')
  const moveText = textOf(move)
  const name = part('name')
  const nameText = textOf(name)
  const region = part('region')
  const score = textOf(part('score'))
  move.ariaHidden = 'true'
  name.title = playerId
  // Names may be written from right to left; the row is not.
  name.dir = 'auto'
  element.append(button)

  let shown: ListRow | null = null
  let shownPlace = -1
  let glides = false
  let moved = 0
  let movedUntil = 0
  let scoredUntil = 0

  function tellMove(steps: number): void {
    const now = performance.now()
    moved = now < movedUntil ? moved + steps : steps
    movedUntil = now + moveShownMs
    if (moved === 0) return void delete element.dataset['moved']
    element.dataset['moved'] = moved > 0 ? 'up' : 'down'
    moveText.data = `${moved > 0 ? '▲' : '▼'}${Math.abs(moved)}`
  }

  return {
    element,
    button,
    show(row, place, inSight) {
      const before = shown
      const seen = before !== null && inSight !== null && (inSight(place) || inSight(shownPlace))
      if (place !== shownPlace) {
        // A glide outside the view would still cost a layer.
        if (seen !== glides) element.toggleAttribute('data-glides', (glides = seen))
        shownPlace = place
        element.style.transform = `translateY(calc(${place} * var(--row-height)))`
      }
      shown = row
      if (before?.rank !== row.rank) {
        rank.data = String(row.rank)
        if (row.rank <= 3 || (before !== null && before.rank <= 3)) button.dataset['rank'] = rank.data
        if (seen) tellMove(before.rank - row.rank)
      }
      if (before?.displayName !== row.displayName) nameText.data = row.displayName
      if (before?.region !== row.region) region.textContent = row.region ?? ''
      if (before?.score === row.score) return
      score.data = formatScore(row.score)
      if (!seen) return
      scoredUntil = performance.now() + scoreShownMs
      element.dataset['scored'] = ''
    },
    settle(now) {
      if (movedUntil !== 0 && now >= movedUntil) {
        movedUntil = 0
        delete element.dataset['moved']
      }
      if (scoredUntil !== 0 && now >= scoredUntil) {
        scoredUntil = 0
        delete element.dataset['scored']
      }
    },
  }
}
