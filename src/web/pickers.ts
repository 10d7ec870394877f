import type { LeaderboardView } from '../contract/leaderboard.ts'
import { byId } from './by-id.ts'
import { standingsLabel, type ChoiceGroup } from './standings-choices.ts'

export interface Pickers {
  /** `chosen` may be none of them. */
  leaderboards(all: readonly LeaderboardView[], chosen: string | null): void
  /** Shows a leaderboard under its present title; an open list stays open. */
  rename(board: LeaderboardView): void
  /** Adds `chosen` to the choices when it is not among them. */
  standings(groups: readonly ChoiceGroup[], chosen: string | null): void
}

/** The two selectors. The listeners get what the reader chooses. */
export function createPickers(on: {
  leaderboard: (id: string) => void
  standings: (selector: string) => void
}): Pickers {
  const boards = byId('leaderboard', HTMLSelectElement)
  const lists = byId('standings', HTMLSelectElement)
  boards.addEventListener('change', () => on.leaderboard(boards.value))
  lists.addEventListener('change', () => on.standings(lists.value))

  return {
    leaderboards(all, chosen) {
      boards.replaceChildren(...all.map(({ id, title }) => new Option(title, id)))
      boards.disabled = all.length === 0
      // Nothing chosen shows as nothing.
      boards.value = chosen ?? ''
    },
    rename({ id, title }) {
      for (const option of boards.options) if (option.value === id && option.text !== title) option.text = title
    },
    standings(groups, chosen) {
      const known = groups.some(({ choices }) => choices.some(({ selector }) => selector === chosen))
      const sections = groups.map(({ label, choices }) => {
        const section = document.createElement('optgroup')
        section.label = label
        section.append(...choices.map((choice) => new Option(choice.label, choice.selector)))
        return section
      })
      lists.replaceChildren(...sections)
      if (chosen !== null && !known) lists.append(new Option(standingsLabel(chosen), chosen))
      lists.disabled = lists.options.length === 0
      lists.value = chosen ?? ''
    },
  }
}
