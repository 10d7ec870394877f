import { parseArgs } from 'node:util'
import type { LeaderboardView } from '../contract/leaderboard.ts'
import { findBoard } from './demo-board.ts'
import { howToRun } from '../installation.ts'
import { request, RequestError, withRetries } from './http-client.ts'
import { inFlight } from './in-flight.ts'
import { emptyTally, submitAtRate } from './live-load.ts'
import { inventPlayers, type DemoPlayer } from './live-names.ts'
import { simulateScores } from './live-scores.ts'
import { reportUntil } from './live-report.ts'
import { formatNumber } from '../cli/progress.ts'
import { findTarget, targetHelp, type Target } from './target.ts'

const help = `Simulated players keep submitting scores, so that there is something to watch.

usage: ${howToRun('demo', 'live', '[options]')}

  --leaderboard <id>   created if missing; default: live
  --operator <name>    of a leaderboard that is created: sum or best; default: sum
  --players <n>        default: 200
  --rate <n>           scores a second; default: 50
  --batch <n>          at most this many in a request, 1 sends each by itself; default: 10
  --seconds <n>        stop after that time; default: at Ctrl-C
  --url <address>      the server
  --token <token>      an admin token
  --help               this text

${targetHelp}

The players and their names are invented.`

const text = { type: 'string' } as const
const options = {
  leaderboard: { type: 'string', default: 'live' },
  operator: { type: 'string', default: 'sum' },
  players: { type: 'string', default: '200' },
  rate: { type: 'string', default: '50' },
  batch: { type: 'string', default: '10' },
  seconds: text,
  url: text,
  token: text,
  help: { type: 'boolean' },
} as const

const limits = { players: 10_000, rate: 10_000, batch: 1000, seconds: 10_000_000 }
const profilesInFlight = 12
/** Tokens that are signed here are valid for an hour. */
const renewMs = 30 * 60_000

/** The command `demo live`; prints as it goes. Returns the exit code: 0 done, 1 failed, 2 wrong usage. */
export async function runLiveDemo(args: string[]): Promise<number> {
  let values
  try {
    values = parseArgs({ args, options }).values
    for (const [name, limit] of Object.entries(limits)) {
      const value = values[name as keyof typeof limits]
      if (value !== undefined && !(/^[1-9]\d*$/.test(value) && Number(value) <= limit))
        throw new Error(`--${name} takes a whole number from 1 to ${formatNumber(limit)}`)
    }
    if (!['sum', 'best'].includes(values.operator)) throw new Error('--operator takes sum or best')
    if (values.url !== undefined && !/^https?:\/\/./.test(values.url)) throw new Error('--url takes an http address')
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${help}`)
    return 2
  }
  if (values.help) {
    console.log(help)
    return 0
  }
  try {
    const find = () => findTarget(values.url, values.token)
    const target = await find()
    if (target === undefined) return 1
    const board = await findOrCreate(target, values.leaderboard, values.operator)
    const players = inventPlayers(Number(values.players))
    await setProfiles(target, players)
    console.log(`Watch it at ${target.url}/?leaderboard=${board.id}`)
    await simulate(
      { board, players, target, find, rate: Number(values.rate), batch: Number(values.batch) },
      values.seconds,
    )
    return 0
  } catch (error) {
    if (!(error instanceof RequestError)) throw error
    console.error(`Stopped by ${error.message}`)
    return 1
  }
}

async function findOrCreate(target: Target, id: string, operator: string): Promise<LeaderboardView> {
  const there = await findBoard(target, id)
  if (there !== null) return there
  const url = `${target.url}/v1/leaderboards`
  const title = id.replace(/^./, (letter) => letter.toUpperCase())
  const description = 'Simulated players with invented names'
  const body = { id, title, description, operator, types: ['GLOBAL', 'WEEKLY', 'DAILY', 'REGIONAL'] }
  return withRetries(() => request<LeaderboardView>(url, { method: 'POST', token: target.adminToken, body }))
}

async function setProfiles(target: Target, players: readonly DemoPlayer[]): Promise<void> {
  console.log(`Naming ${formatNumber(players.length)} players at ${target.url} ...`)
  await inFlight(players, profilesInFlight, async ({ playerId, ...profile }) => {
    const options = { method: 'PUT', token: target.serverToken, body: profile } as const
    await withRetries(() => request(`${target.url}/v1/players/${playerId}`, options))
  })
}

interface Simulation {
  board: LeaderboardView
  players: readonly DemoPlayer[]
  target: Target
  find: () => Promise<Target | undefined>
  rate: number
  batch: number
}

async function simulate(simulation: Simulation, seconds: string | undefined): Promise<void> {
  const { board, players, rate, batch } = simulation
  const stop = new AbortController()
  const abort = () => stop.abort()
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, abort)
  if (seconds !== undefined) setTimeout(abort, Number(seconds) * 1000)
  console.log(`${formatNumber(rate)} scores a second to ${board.id}${seconds === undefined ? ', until Ctrl-C' : ''}`)

  const tally = emptyTally()
  const score = simulateScores(board, players.length)
  let { target } = simulation
  const next = () => {
    const player = Math.floor(Math.random() * players.length)
    return { playerId: players[player]!.playerId, score: score(player) }
  }
  const renewal = setInterval(() => {
    void simulation.find().then((found) => (target = found ?? target))
  }, renewMs)
  const reporting = reportUntil(tally, stop.signal)
  await submitAtRate({ leaderboard: board.id, rate, batch, next, target: () => target }, tally, stop.signal)
  clearInterval(renewal)
  await reporting
  for (const signal of ['SIGINT', 'SIGTERM']) process.off(signal, abort)
}
