import type { AroundChanged, RankChanged } from '../contract/live.ts'
import type { Around, Place } from '../contract/reads.ts'
import { backoff } from './backoff.ts'
import type { Connection } from './connection.ts'
import { toRankpulseError, type RankpulseError } from './error.ts'
import { ackTimeoutMs } from './requests.ts'
import { tell } from './tell.ts'

export interface WatchRequest {
  leaderboard: string
  standings?: string
  /** Left out: the player of the token. */
  playerId?: string
  /** The server refuses this watch, for example LIMIT_EXCEEDED; it is asked for again on the next connection. */
  onError?: (error: RankpulseError) => void
}

export interface AroundRequest extends WatchRequest {
  /** Rows above and below, 0-10; 5 by default. */
  span?: number
}

export interface Watch {
  stop(): void
}

/** What a kind of watch is called on the wire, and how its answer becomes its first change. */
export interface WatchKind<Answer, Change> {
  watch: string
  unwatch: string
  changed: string
  first(answer: Answer, playerId: string): Change
}

export const rankWatch: WatchKind<Place, RankChanged> = {
  watch: 'rank:watch',
  unwatch: 'rank:unwatch',
  changed: 'rank:changed',
  first: ({ leaderboard, standings, playerId, rank, score, total, asOf }) => {
    return { leaderboard, standings, playerId, rank, previousRank: null, score, total, at: asOf }
  },
}

export const aroundWatch: WatchKind<Around, AroundChanged> = {
  watch: 'around:watch',
  unwatch: 'around:unwatch',
  changed: 'around:changed',
  first: (around, playerId) => ({ ...around, playerId, at: around.asOf }),
}

const pauses = { minMs: 500, maxMs: 20_000 }

/** The watches of a connection. */
export type Watched = Set<WatchName>

/** What the server knows a watch by; null where it is left out and no answer has told it yet. */
interface WatchName {
  event: string
  leaderboard: string
  standings(): string | null
  playerId(): string | null
}

/** Watches until `stop`, asking again on every new connection. */
export function startWatch<
  Answer extends { standings: string },
  Change extends { leaderboard: string; standings: string; playerId: string; at: string },
>(
  connection: Connection,
  watched: Watched,
  kind: WatchKind<Answer, Change>,
  { onError, ...request }: AroundRequest,
  onChange: (change: Change) => void,
): Watch {
  const { leaderboard, standings, playerId } = request
  let stopped = false
  let asked = 0
  let retry: ReturnType<typeof setTimeout> | undefined
  /** What the watch turned out to be of; null before the answer. */
  let found: { standings: string; playerId: string } | null = null
  const own: WatchName = {
    event: kind.watch,
    leaderboard,
    standings: () => standings ?? (found && typeOf(found.standings)),
    playerId: () => playerId ?? found?.playerId ?? connection.subject() ?? null,
  }

  async function ask(attempt: number): Promise<void> {
    const number = ++asked
    try {
      const answer = await connection.send<Answer>(kind.watch, request, ackTimeoutMs)
      if (stopped || number !== asked) return
      const change = kind.first(answer, playerId ?? connection.subject() ?? '')
      found = { standings: change.standings, playerId: change.playerId }
      tell(onChange, change)
    } catch (error) {
      if (!stopped && number === asked) refused(toRankpulseError(error), attempt)
    }
  }

  function refused(error: RankpulseError, attempt: number): void {
    // On the next connection it is asked again anyway.
    if (error.code === 'DISCONNECTED') return
    const mayPass = error.retryable || (error.code === 'UNAUTHENTICATED' && connection.renewToken())
    if (mayPass) retry = setTimeout(() => void ask(attempt + 1), backoff(attempt, pauses) + (error.retryAfterMs ?? 0))
    else if (onError !== undefined) tell(onError, error)
  }

  function receive(change: Change): void {
    if (found === null || change.leaderboard !== leaderboard || change.playerId !== found.playerId) return
    // Without a key the server goes on to the next period by itself.
    const isNext = !(standings ?? '').includes(':') && typeOf(change.standings) === typeOf(found.standings)
    if (change.standings !== found.standings && !isNext) return
    found = { ...found, standings: change.standings }
    tell(onChange, change)
  }

  const unsubscribe = connection.subscribe({
    connected() {
      clearTimeout(retry)
      void ask(0)
    },
    lost: () => clearTimeout(retry),
    message(event, payload) {
      if (event === kind.changed) receive(payload as Change)
    },
    changed: end,
  })

  /** Refused permanently: there will be no other connection. */
  function end(): void {
    const error = connection.state() === 'closed' ? connection.error() : null
    if (error !== null && error.code !== 'CLOSED' && onError !== undefined && !stopped) tell(onError, error)
  }

  watched.add(own)
  if (connection.state() === 'connected') void ask(0)
  if (connection.state() === 'closed') queueMicrotask(end)

  return {
    stop() {
      if (stopped) return
      stopped = true
      clearTimeout(retry)
      unsubscribe()
      watched.delete(own)
      // The server has one watch for all that are named alike.
      if ([...watched].some((other) => mayBeOne(own, other))) return
      const { span: _span, ...named } = request
      // A watch that goes on costs traffic, nothing else, and ends with the connection.
      connection.send(kind.unwatch, named, ackTimeoutMs).catch(() => {})
    },
  }
}

function mayBeOne(one: WatchName, other: WatchName): boolean {
  if (one.event !== other.event || one.leaderboard !== other.leaderboard) return false
  return isSame(one.playerId(), other.playerId()) && isSame(one.standings(), other.standings())
}

/** What is not known yet may be anything. */
function isSame(one: string | null, other: string | null): boolean {
  return one === other || one === null || other === null
}

function typeOf(standings: string): string {
  return standings.split(':')[0] ?? standings
}
