import type { AroundChanged, RankChanged } from '../contract/live.ts'
import type { Page, Place } from '../contract/reads.ts'
import type { Receipt } from '../contract/submission.ts'
import { createConnection, type ConnectionOptions, type ConnectionState } from './connection.ts'
import type { RankpulseError } from './error.ts'
import { joinStandings, type JoinedStandings, type JoinRequest } from './join-standings.ts'
import { request, submit, type Submission } from './requests.ts'
import { createRooms } from './rooms.ts'
import type { StandingsView } from './standings-view.ts'
import { tell } from './tell.ts'
import {
  aroundWatch,
  rankWatch,
  startWatch,
  type AroundRequest,
  type Watch,
  type Watched,
  type WatchRequest,
} from './watch.ts'

export interface ClientOptions extends ConnectionOptions {
  /** How long `submit`, `page` and `rank` try; 30 s by default. */
  deadlineMs?: number
}

export interface PageRequest {
  leaderboard: string
  standings?: string
  /** 1-200, 100 by default. */
  limit?: number
  offset?: number
}

export interface RankRequest {
  leaderboard: string
  standings?: string
  /** Left out: the player of the token. */
  playerId?: string
}

export interface RankpulseClient {
  connection(): ConnectionState
  /** `error`: why it is not connected. Returns a function that ends the listening. */
  onConnection(listener: (state: ConnectionState, error: RankpulseError | null) => void): () => void
  /** Follows a live list; `onChange` gets every new view. */
  joinStandings(request: JoinRequest, onChange: (view: StandingsView) => void): JoinedStandings
  /** `onChange` gets the rank as it is, again after every reconnect, and every change, at most one a second. */
  watchRank(request: WatchRequest, onChange: (change: RankChanged) => void): Watch
  /** The same for the rows around a player. */
  watchAround(request: AroundRequest, onChange: (change: AroundChanged) => void): Watch
  /** Submits one score, once, however often it has to be sent. */
  submit(submission: Submission, options?: { deadlineMs?: number }): Promise<Receipt>
  page(request: PageRequest): Promise<Page>
  /** A player's place; its rank is null when it has none yet. */
  rank(request: RankRequest): Promise<Place>
  close(): void
}

/** Connects to a rankpulse server, such as `https://scores.example.com`, and stays connected until `close`. */
export function createClient(url: string, options: ClientOptions = {}): RankpulseClient {
  const { deadlineMs = 30_000 } = options
  const connection = createConnection(url, options)
  const rooms = createRooms(connection)
  const watched: Watched = new Set()
  return {
    connection: connection.state,
    onConnection: (listener) => connection.subscribe({ changed: (...change) => tell(listener, ...change) }),
    joinStandings: (what, onChange) => joinStandings(connection, rooms, what, onChange),
    watchRank: (what, onChange) => startWatch(connection, watched, rankWatch, what, onChange),
    watchAround: (what, onChange) => startWatch(connection, watched, aroundWatch, what, onChange),
    submit: (submission, own) => submit(connection, submission, own?.deadlineMs ?? deadlineMs),
    page: (what) => request(connection, 'standings:get', what, deadlineMs),
    rank: (what) => request(connection, 'rank:get', what, deadlineMs),
    close: connection.close,
  }
}
