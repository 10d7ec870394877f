import type { RankpulseClient } from '../client/client.ts'
import type { Watch } from '../client/watch.ts'
import type { AroundChanged } from '../contract/live.ts'
import { byId } from './by-id.ts'
import { createRankList } from './rank-list.ts'

const span = 3

export interface FollowPanel {
  /** Follows a player in standings instead of the previous one; null: no player. */
  follow(where: { leaderboard: string; standings: string; decimals: number } | null, playerId: string | null): void
}

/** The player followed, with its neighbours. `onPick` gets the player that the reader chooses here; null: none. */
export function createFollowPanel(client: RankpulseClient, onPick: (playerId: string | null) => void): FollowPanel {
  const form = byId('follow-form', HTMLFormElement)
  const input = byId('follow-id', HTMLInputElement)
  const hint = byId('follow-hint')
  const section = byId('followed')
  const name = byId('followed-name')
  const place = byId('followed-place')
  const neighbours = createRankList(byId('neighbours'), onPick)
  let watch: Watch | undefined
  let following: string | null = null

  form.addEventListener('submit', (event) => {
    event.preventDefault()
    onPick(input.value.trim())
    input.value = ''
  })
  byId('unfollow').addEventListener('click', () => {
    onPick(null)
    input.focus()
  })

  function show({ self, rows, total, standings, playerId }: AroundChanged, decimals: number): void {
    name.textContent = self?.displayName ?? playerId
    place.textContent =
      self === null
        ? 'not ranked here yet'
        : `rank ${self.rank.toLocaleString('en-US')} of ${total.toLocaleString('en-US')}`
    neighbours.show(rows, `${playerId} ${standings}`, decimals)
  }

  return {
    follow(where, playerId) {
      const key = where === null || playerId === null ? null : JSON.stringify([where, playerId])
      if (key === following) return
      following = key
      watch?.stop()
      watch = undefined
      neighbours.mark(playerId)
      neighbours.show([], '', 0)
      section.hidden = playerId === null
      hint.hidden = playerId !== null
      name.textContent = playerId ?? ''
      place.textContent = ''
      if (where === null || playerId === null) return
      const { decimals, ...standings } = where
      const request = {
        ...standings,
        playerId,
        span,
        onError: (error: Error) => void (place.textContent = `cannot be followed: ${error.message}`),
      }
      watch = client.watchAround(request, (change) => show(change, decimals))
    },
  }
}
