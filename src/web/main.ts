import { createClient } from '../client/client.ts'
import type { JoinedStandings } from '../client/join-standings.ts'
import type { StandingsView } from '../client/standings-view.ts'
import type { LeaderboardView } from '../contract/leaderboard.ts'
import { addressOf, readAddress } from './address.ts'
import { createAnnouncer } from './announcer.ts'
import { createBoardPoll } from './board-poll.ts'
import { createBoardPanel } from './board-panel.ts'
import { byId } from './by-id.ts'
import { readLeaderboards, readPeriods, RefusedError } from './catalog.ts'
import { connectionStatus } from './connection-status.ts'
import { stepsToFill, stepsToScore } from './first-steps.ts'
import { readHere } from './here.ts'
import { createFollowPanel } from './follow-panel.ts'
import { createPickers } from './pickers.ts'
import { createCopyButton } from './share.ts'
import { firstChoice, standingsChoices, standingsLabel } from './standings-choices.ts'
import { createStatusLine } from './status-line.ts'

// Puts the page together: the address says what to show, the reader changes it, the client follows it.

const listAgainMs = 60_000
const listSoonMs = 3000

const selection = readAddress(location.search)
document.documentElement.toggleAttribute('data-overlay', selection.overlay)

const client = createClient(location.origin)
const announce = createAnnouncer()
const board = createBoardPanel({ overlay: selection.overlay, onPick: pick, announce })
const followPanel = createFollowPanel(client, pick)
const pickers = createPickers({
  leaderboard: (id) => select({ leaderboard: id, standings: null }),
  standings: (selector) => select({ standings: selector }),
})
const showStatus = createStatusLine()
const pollBoard = createBoardPoll(takeBoard)
let boards: LeaderboardView[] = []
let joined: JoinedStandings | null = null
let joinedTo = ''
let reason: string | null = null
let frame = 0
let listTimer: ReturnType<typeof setTimeout> | undefined

function select(change: Partial<typeof selection>): void {
  Object.assign(selection, change)
  open()
}

function pick(playerId: string | null): void {
  // Choosing the followed player again ends it.
  selection.player = playerId === selection.player ? null : playerId
  open()
  announce('follow', selection.player === null ? 'Following nobody.' : `Following ${selection.player}.`)
}

/** Brings the page to what is selected. */
function open(): void {
  selection.leaderboard ??= boards[0]?.id ?? null
  const definition = boards.find(({ id }) => id === selection.leaderboard)
  if (definition !== undefined && selection.standings === null) selection.standings = firstChoice(definition.types, [])
  history.replaceState(null, '', addressOf(selection))
  byId('overlay-link', HTMLAnchorElement).href = addressOf({ ...selection, overlay: true })
  pickers.leaderboards(boards, selection.leaderboard)
  board.rows.mark(selection.player)
  const { leaderboard, standings, player } = selection
  join(definition, standings)
  const where = definition && standings !== null ? { leaderboard: definition.id, standings } : null
  followPanel.follow(where && { ...where, decimals: definition!.decimals }, player)
  if (definition === undefined && boards.length > 0)
    board.say(`There is no leaderboard “${leaderboard}” here`, 'Choose one of those above.')
}

function join(definition: LeaderboardView | undefined, standings: string | null): void {
  const target = definition === undefined ? '' : `${definition.id}/${standings ?? ''}`
  if (target === joinedTo) return
  joinedTo = target
  joined?.leave()
  joined = null
  board.begin(definition ?? null)
  pollBoard(definition ?? null)
  document.title = definition === undefined ? 'rankpulse' : `${definition.title} · rankpulse`
  pickers.standings(definition === undefined ? [] : standingsChoices(definition.types, []), standings)
  if (definition === undefined) return
  board.say('Loading', 'The standings are on their way.')
  void listPeriods(definition)
  if (standings === null) return
  const request = { leaderboard: definition.id, standings }
  let room: string | null = null
  joined = client.joinStandings(request, (view) => {
    if (room !== null && view.room !== room) {
      announce('period', `A new period has begun: ${standingsLabel(view.standings ?? '')}.`)
      void listPeriods(definition)
    }
    room = view.room
    draw()
  })
}

/** A view is drawn with the next frame: a hidden page draws nothing. */
function draw(): void {
  if (frame !== 0) return
  frame = requestAnimationFrame(() => {
    frame = 0
    const view = joined?.view()
    if (view === undefined) return
    board.show(view)
    if (view.state === 'refused') board.say('These standings cannot be shown', view.error?.message ?? '')
    tellStatus()
  })
}

function tellStatus(): void {
  const view: StandingsView | null = joined?.view() ?? null
  const connection = client.connection()
  showStatus(connectionStatus({ connection, reason, online: navigator.onLine, list: view?.state ?? null }), view)
}

async function listPeriods(definition: LeaderboardView): Promise<void> {
  const { id, types } = definition
  const periods = await readPeriods(id).catch(() => null)
  if (periods === null || id !== selection.leaderboard) return
  pickers.standings(standingsChoices(types, periods), selection.standings)
  if (selection.standings !== null) return
  const first = firstChoice(types, periods)
  if (first !== null) select({ standings: first })
  else
    board.say(
      'Nothing was played here yet',
      'The first region or session shows up here with its first score.',
      stepsToScore(readHere(), definition, null),
    )
}

/** What changed of a leaderboard since it was listed; a region or a session may be new where there was none. */
function takeBoard(definition: LeaderboardView, changed: boolean): void {
  const before = boards.find(({ id }) => id === definition.id)
  const isNew = changed && String(before?.types) !== String(definition.types)
  if (selection.standings === null || isNew) void listPeriods(definition)
  if (!changed) return
  boards = boards.map((one) => (one.id === definition.id ? definition : one))
  board.describe(definition)
  document.title = `${definition.title} · rankpulse`
  pickers.rename(definition)
}

async function listBoards(): Promise<void> {
  clearTimeout(listTimer)
  let again = listSoonMs
  try {
    boards = await readLeaderboards()
    if (boards.length > 0) again = listAgainMs
    else board.say('No leaderboard yet', 'As soon as one is defined it shows up here.', stepsToFill(readHere()))
    open()
  } catch (error) {
    const refused = error instanceof RefusedError
    if (boards.length === 0)
      board.say(
        refused ? 'The server shows no leaderboards' : 'The server is away',
        refused ? `It says: ${error.message}.` : 'Trying again; the page goes on by itself.',
      )
    if (refused && error.status < 500) return
  }
  clearTimeout(listTimer)
  listTimer = setTimeout(() => void listBoards(), again)
}

let wasAway = false
client.onConnection((state, error) => {
  reason = error?.message ?? null
  if (state === 'connected') void listBoards()
  if (state === 'reconnecting' && !wasAway) announce('connection', 'The connection was lost.')
  if (state === 'connected' && wasAway) announce('connection', 'The connection is back.')
  wasAway = state === 'reconnecting'
  tellStatus()
})
for (const event of ['online', 'offline']) addEventListener(event, tellStatus)
createCopyButton((worked) => announce('copy', worked ? 'The link was copied.' : 'The link could not be copied.'))
void listBoards()
tellStatus()
