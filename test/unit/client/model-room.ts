import type { Delta, Head, Joined } from '../../../src/contract/live.ts'
import { diffRows, setTuples, type LiveRow } from '../../../src/ranking/delta.ts'
import { sumOf } from '../../../src/ranking/list-sum.ts'

type Position = { epoch: number; seq: number }

/** What a client should hold at a position. */
export interface Truth {
  rows: LiveRow[]
  total: number
}

/** A room of a server, as simple as can be: every list it ever had, and the deltas of the present epoch. */
export function createModelRoom(limit: number, room = 'arena/GLOBAL') {
  const scores = new Map<string, { score: number; displayName: string }>()
  const history = new Map<string, Truth>()
  let deltas: Delta[] = []
  let position: Position = { epoch: 1, seq: 0 }

  const top = (): LiveRow[] =>
    [...scores]
      .map(([playerId, { score, displayName }]) => ({ playerId, score, displayName, region: null }))
      .toSorted((a, b) => b.score - a.score || (a.playerId < b.playerId ? -1 : 1))
      .slice(0, limit)
  let shown = top()

  const described = () => ({
    room,
    ...position,
    total: scores.size,
    limit,
    decimals: 0,
    order: 'desc' as const,
    rankStyle: 'ordinal' as const,
    sum: sumOf(shown),
    period: null,
  })
  const remember = () => history.set(`${position.epoch}:${position.seq}`, { rows: shown, total: scores.size })
  const snapshot = (): Joined => ({
    ...described(),
    mode: 'snapshot',
    rows: shown.map(({ playerId, score, displayName }, index) => ({ rank: index + 1, playerId, score, displayName })),
  })
  remember()

  return {
    submit(playerId: string, score: number) {
      scores.set(playerId, { displayName: playerId, ...scores.get(playerId), score })
    },
    rename(playerId: string, displayName: string) {
      const held = scores.get(playerId)
      if (held) scores.set(playerId, { ...held, displayName })
    },
    remove: (playerId: string) => void scores.delete(playerId),
    /** The next delta, null when nothing changed in the list. */
    tick(): Delta | null {
      const rows = top()
      const { del, set } = diffRows(shown, rows, limit)
      const isSame = del.length === 0 && set.length === 0 && rows.length === shown.length
      if (isSame) return null
      shown = rows
      position = { ...position, seq: position.seq + 1 }
      const { total, sum } = described()
      const delta = { room, ...position, at: `t${position.seq}`, total, del, set: setTuples(set, 0), sum }
      deltas.push(delta)
      remember()
      return delta
    },
    /** A new epoch, as its reset tells; `by` is -1 where the server lost what told how far it was. */
    begin(by: 1 | -1 = 1): Joined {
      shown = top()
      let epoch = position.epoch + by
      while (history.has(`${epoch}:0`)) epoch += by
      position = { epoch, seq: 0 }
      deltas = []
      remember()
      return snapshot()
    },
    head: (): Head => ({ room, ...position, total: scores.size }),
    join(held: Position | null): Joined {
      if (held?.epoch !== position.epoch || held.seq > position.seq) return snapshot()
      if (held.seq === position.seq) return { ...described(), mode: 'current' }
      return { ...described(), mode: 'deltas', deltas: deltas.filter(({ seq }) => seq > held.seq) }
    },
    truth: ({ epoch, seq }: Position) => history.get(`${epoch}:${seq}`),
    position: () => position,
    rows: () => shown,
    total: () => scores.size,
  }
}
