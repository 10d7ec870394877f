import { effectStandings } from './stored-effects.ts'
import type { Effect } from '../../ranking/fold-batch.ts'
import type { Tagged } from '../connection/client.ts'

/**
 * The standings that a ledger row `s` is in no more, as a JSON array of ids; null where there are none. A removal names
 * those it emptied, for what was sealed stays; regional ones are never sealed, and an entry may have moved on from the one
 * that the row names. A region taken away loses the entry where no GLOBAL holds it. For rows that were found: one probe of
 * a small index each.
 */
export function removedSince(sql: Tagged) {
  return sql.unsafe(`(
    select jsonb_agg(distinct e.effect -> 's') from submissions r
    cross join lateral (
      select effect, (select type from standings where id = ${effectStandings}) = 'REGIONAL' as regional
      from jsonb_array_elements(s.effects) effect where effect ? 's'
    ) e
    where r.leaderboard_no = s.leaderboard_no and r.player_id = s.player_id and r.id > s.id
      and r.kind in ('REMOVE', 'REGION') and case r.kind
        when 'REMOVE' then e.regional or r.effects @> jsonb_build_array(jsonb_build_object('s', e.effect -> 's'))
        else e.regional and not r.effects @? '$[*] ? (@.a != null)' and not exists (
          select 1 from standings g where g.leaderboard_no = r.leaderboard_no and g.type = 'GLOBAL' and g.key = ''
        ) end
  )`)
}

/** What a row did, as it stands now: where the entry was removed, nothing of it is stored any more. */
export function withRemoved(effects: Effect[], removed: number[] | null): Effect[] {
  if (removed === null) return effects
  return effects.map((effect) => {
    if (effect.standingsId === null || !removed.includes(effect.standingsId)) return effect
    const { standingsId, selector } = effect
    const reason = effect.reason === 'WINDOW_CLOSED' ? effect.reason : 'REMOVED'
    return { standingsId, selector, score: null, previous: null, reason }
  })
}
