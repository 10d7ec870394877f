import { io, type Socket } from 'socket.io-client'
import type { AckError } from '../../src/contract/errors.ts'

export interface Answer<Data> {
  data?: Data
  error?: AckError
}
interface Row {
  rank: number
  playerId: string
  displayName: string
  score: number
  region?: string
}
interface Joined {
  room: string
  epoch: number
  seq: number
  mode: 'snapshot' | 'deltas' | 'current'
  total: number
  limit: number
  decimals: number
  sum: number
  rows?: Row[]
  deltas?: Delta[]
  period: { startsAt: string; endsAt: string; status: string } | null
}
interface Delta {
  room: string
  epoch: number
  seq: number
  total: number
  del: string[]
  set: [number, string, number, { displayName: string; region?: string }?][]
  sum: number
}
export type Held = Pick<Row, 'playerId' | 'score' | 'displayName' | 'region'>

/** A client written from docs/protocol.md alone, for checking the server: no code of the SDK. */
export interface Follower {
  readonly socket: Socket
  rows(): Held[]
  position(): { epoch: number; seq: number }
  total(): number
  /** Every message of rooms, in order of arrival. */
  messages: { event: string; payload: never }[]
  join(where: object): Promise<Joined>
  /** What went wrong: sums that differ. */
  faults: string[]
  /** How often it had to join again. */
  rejoins(): number
  /** Goes to another server with the position it holds, as after a broken connection. */
  move(url: string): Promise<Joined>
  /** Reads nothing from its connection until the answered function is called. */
  pause(): () => void
  close(): void
}

export async function connectSocket(url: string, token?: string): Promise<Socket> {
  const auth = token === undefined ? {} : { token }
  const socket = io(url, { transports: ['websocket'], forceNew: true, reconnection: false, auth })
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('connect_error', reject)
    // The server may go between the two handshakes.
    socket.once('disconnect', () => reject(new Error('disconnected')))
  })
  return socket
}

export const ask = async <Data>(socket: Socket, event: string, payload?: unknown): Promise<Answer<Data>> =>
  (await socket.timeout(10_000).emitWithAck(event, payload)) as Answer<Data>

export async function follow(url: string, where: object): Promise<Follower> {
  let socket = await connectSocket(url)
  let state: Joined | null = null
  let rows: Held[] = []
  let early: Delta[] | null = []
  let rejoins = 0
  let resets = 0
  /** Since when nothing but positions behind the held one is told. */
  let backSince: number | null = null
  const messages: Follower['messages'] = []
  const faults: string[] = []

  const check = (sum: number) => {
    const own = sumOf(rows, state!.decimals)
    if (own !== sum) faults.push(`sum ${own} instead of ${sum} at ${state!.epoch}/${state!.seq}`)
  }
  const replace = (joined: Joined) => {
    state = joined
    rows = joined.rows!.map(({ playerId, score, displayName, region }) => ({
      playerId,
      score,
      displayName,
      ...(region === undefined ? {} : { region }),
    }))
    check(joined.sum)
  }
  const apply = (delta: Delta): void => {
    if (delta.epoch < state!.epoch || (delta.epoch === state!.epoch && delta.seq <= state!.seq)) return
    if (delta.epoch > state!.epoch || delta.seq > state!.seq + 1) return void rejoin()
    const gone = new Set([...delta.del, ...delta.set.map(([, id]) => id)])
    const held = new Map(rows.map((row) => [row.playerId, row]))
    rows = rows.filter((row) => !gone.has(row.playerId))
    for (const [index, playerId, score, profile] of delta.set) {
      const { displayName, region } = profile ?? held.get(playerId)!
      rows.splice(index, 0, { playerId, score, displayName, ...(region === undefined ? {} : { region }) })
    }
    rows = rows.slice(0, state!.limit)
    backSince = null
    state = { ...state!, seq: delta.seq, total: delta.total }
    check(delta.sum)
  }
  const join = async (payload: object): Promise<Joined> => {
    early = []
    const before = resets
    const { data, error } = await ask<Joined>(socket, 'standings:join', payload)
    if (error) throw new Error(`${error.code}: ${error.message}`)
    const overtaken = resets > before && data!.epoch < state!.epoch
    if (data!.mode === 'snapshot' && !overtaken) replace(data!)
    if (data!.mode === 'deltas') data!.deltas!.forEach(apply)
    const kept = early
    early = null
    kept.forEach(apply)
    return data!
  }
  const rejoin = async (position: object = { epoch: state!.epoch, seq: state!.seq }) => {
    rejoins++
    // A broken connection answers nothing: whoever moves it joins again.
    await join({ ...where, ...position }).catch(() => {})
  }
  const listen = () => {
    socket.onAny((event: string, payload: unknown) => messages.push({ event, payload: payload as never }))
    socket.on('standings:delta', (delta: Delta) => {
      if (early) early.push(delta)
      else apply(delta)
    })
    socket.on('standings:reset', (joined: Joined) => {
      if (state !== null && joined.epoch <= state.epoch) return
      resets++
      replace(joined)
    })
    let behindSince: number | null = null
    socket.on('standings:head', (head: { epoch: number; seq: number; total: number }) => {
      if (state === null) return
      const isBack = (head.epoch - state.epoch || head.seq - state.seq) < 0
      backSince = isBack ? (backSince ?? Date.now()) : null
      if (backSince !== null && Date.now() - backSince >= 3000) {
        backSince = null
        void rejoin({})
      }
      if (head.epoch < state.epoch) return
      const behind = head.epoch > state.epoch || head.seq > state.seq
      if (!behind) behindSince = null
      if (head.epoch === state.epoch && head.seq === state.seq) state.total = head.total
      // A head comes every two seconds: behind at two of them is behind for long.
      if (behind && behindSince !== null && behindSince < state.seq + 1) void rejoin()
      if (behind) behindSince = state.seq
    })
  }
  listen()
  await join(where)
  return {
    get socket() {
      return socket
    },
    async move(to) {
      socket.disconnect()
      socket = await connectSocket(to)
      listen()
      return join({ ...where, epoch: state!.epoch, seq: state!.seq })
    },
    rows: () => rows,
    position: () => ({ epoch: state!.epoch, seq: state!.seq }),
    total: () => state!.total,
    messages,
    join,
    faults,
    rejoins: () => rejoins,
    pause() {
      const engine = socket.io.engine as unknown as {
        transport: { ws: { _socket: { pause(): void; resume(): void } } }
      }
      const connection = engine.transport.ws._socket
      connection.pause()
      return () => connection.resume()
    },
    close: () => void socket.disconnect(),
  }
}

/** FNV-1a, 32 bits, byte by byte. */
export function sumOf(rows: { playerId: string; score: number }[], decimals: number): number {
  let hash = 0x811c9dc5
  for (const { playerId, score } of rows)
    for (const byte of Buffer.from(`${playerId}:${BigInt(Math.round(score * 10 ** decimals))}\n`))
      hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return hash
}
