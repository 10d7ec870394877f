import type { StandingsView } from '../client/standings-view.ts'
import { byId } from './by-id.ts'
import type { Status } from './connection-status.ts'

/** Shows how things stand: the connection in the page's head, what follows from it above the rows. */
export function createStatusLine(): (status: Status, view: StandingsView | null) => void {
  const label = byId('status')
  const banner = byId('banner')

  return (status, view) => {
    if (label.textContent !== status.label) label.textContent = status.label
    label.parentElement!.dataset['tone'] = status.tone
    document.documentElement.dataset['tone'] = status.tone
    const text = status.detail ?? closedNote(view)
    banner.hidden = text === null
    if (text !== null && banner.textContent !== text) banner.textContent = text
    banner.dataset['tone'] = status.tone
  }
}

function closedNote(view: StandingsView | null): string | null {
  if (view?.state !== 'closed') return null
  return view.next === null
    ? 'This period has ended: these are its last standings.'
    : 'This period has ended; the next one is on its way.'
}
