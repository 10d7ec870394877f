interface Span {
  startsAt: number
  endsAt: number
}

/** The season that holds an instant (epoch ms); a boundary belongs to the new one. Seasons of a leaderboard do not overlap. */
export function seasonAt<Season extends Span>(seasons: readonly Season[], instant: number): Season | null {
  return seasons.find(({ startsAt, endsAt }) => instant >= startsAt && instant < endsAt) ?? null
}

/** The first season that begins after another one began; null when none is made yet. `seasons` in the order of start. */
export function seasonAfter<Season extends Span>(seasons: readonly Season[], { startsAt }: Span): Season | null {
  return seasons.find((season) => season.startsAt > startsAt) ?? null
}
