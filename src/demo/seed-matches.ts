import { mulberry32 } from './mulberry32.ts'
import type { MatchCompletion } from './play-match.ts'
import type { SeedPlayer, SkillBand } from './seed-players.ts'

const matchCount = 30
const fewestPlayers = 8
const mostPlayers = 10
const killsPerPlayer = 8
const assistShare = 0.4

// How much more often than a beginner somebody kills, and less often dies; and how many of a
// hundred shots hit.
const skills: Record<SkillBand, { strength: number; accuracy: number }> = {
  beginner: { strength: 1, accuracy: 20 },
  regular: { strength: 1.5, accuracy: 28 },
  expert: { strength: 2.2, accuracy: 37 },
  master: { strength: 3.2, accuracy: 47 },
}

export interface SeedMatch {
  id: string
  playerIds: string[]
  results: Required<MatchCompletion['results'][number]>[]
}

/** 30 matches of 8-10 of the players, about equally many for each; the same for the same seed. */
export function seedMatches(seed: number, players: readonly SeedPlayer[]): SeedMatch[] {
  const random = mulberry32(seed)
  const deal = createDealer(players, random)
  return Array.from({ length: matchCount }, (_, index) => {
    const chosen = deal(fewestPlayers + Math.floor(random() * (mostPlayers - fewestPlayers + 1)))
    return {
      id: `seed-${seed}-match-${String(index + 1).padStart(2, '0')}`,
      playerIds: chosen.map(({ playerId }) => playerId),
      results: play(chosen, random),
    }
  })
}

/** Hands out distinct players; a player comes again only after all others. */
function createDealer(players: readonly SeedPlayer[], random: () => number): (count: number) => SeedPlayer[] {
  let deck: SeedPlayer[] = []
  return (count) => {
    const hand = deck.splice(0, count)
    if (hand.length === count) return hand
    const rest = shuffled(players, random)
    const more = rest.filter((player) => !hand.includes(player)).slice(0, count - hand.length)
    deck = rest.filter((player) => !more.includes(player))
    return [...hand, ...more]
  }
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const copy = [...items]
  for (let last = copy.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1))
    ;[copy[last], copy[other]] = [copy[other]!, copy[last]!]
  }
  return copy
}

function play(players: readonly SeedPlayer[], random: () => number): SeedMatch['results'] {
  const sheet = players.map(({ playerId, band }) => {
    const { strength, accuracy } = skills[band]
    return {
      playerId,
      // No player is equally good every day.
      strength: strength * (0.6 + 0.8 * random()),
      accuracy: Math.round((accuracy + 12 * (random() - 0.5)) * 10) / 10,
      kills: 0,
      deaths: 0,
      assists: 0,
    }
  })
  type Line = (typeof sheet)[number]
  const draw = (weight: (line: Line) => number, ...others: Line[]): Line => {
    const candidates = sheet.filter((line) => !others.includes(line))
    let left = random() * candidates.reduce((sum, line) => sum + weight(line), 0)
    return candidates.find((line) => (left -= weight(line)) < 0) ?? candidates.at(-1)!
  }
  for (let kill = 0; kill < killsPerPlayer * players.length; kill++) {
    const killer = draw(({ strength }) => strength)
    const victim = draw(({ strength }) => 1 / strength, killer)
    killer.kills++
    victim.deaths++
    if (random() < assistShare) draw(({ strength }) => strength, killer, victim).assists++
  }
  const scored = sheet.map(({ strength: _strength, ...line }) => ({
    ...line,
    score: 100 * line.kills + 50 * line.assists - 25 * line.deaths,
  }))
  return scored.map((line) => ({ ...line, placement: 1 + scored.filter(({ score }) => score > line.score).length }))
}
