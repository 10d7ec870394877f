import { createWriteStream } from 'node:fs'
import { cp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import type { Receipt } from '../../../src/contract/submission.ts'
import type { FaultBoard } from './boards.ts'

/** One score, however often it was sent. Times are milliseconds since the history began. */
export interface Submission {
  board: FaultBoard
  id: string
  playerId: string
  score: number
  attempts: number
  /** Each different thing that receipts said of standings, scores, and what was applied. */
  said: string[]
  /** Receipts that claimed to be the first. */
  firsts: number
  acknowledged: boolean
}

/** What clients sent and what they got, in memory for the checker and line by line in a file for people. */
export interface History {
  submissions: ReadonlyMap<string, Submission>
  /** What was seen to be wrong while it ran, newest last; at most 1,000 are kept. */
  violations: string[]
  /** How many there were in all. */
  violated(): number
  now(): number
  note(...line: unknown[]): void
  violation(text: string): void
  submission(board: FaultBoard, playerId: string, score: number): Submission
  tried(submissions: Submission[], server: number): void
  receipt(submission: Submission, server: number, receipt: Receipt): void
  failed(submissions: Submission[], server: number, why: string): void
  /** Counts of everything noted with `failed`, by why. */
  failures(): Record<string, number>
  /** Receipts that were degraded. */
  degraded(): number
  /** Closes the file, which goes with its folder; answers where a copy was kept, or null. */
  close(keep: boolean): Promise<string | null>
}

const violationsKept = 1000

/** Begins a history in a file of this folder. `tag` makes the submission ids of this run its own. */
export function createHistory(folder: string, tag: string): History {
  const began = performance.now()
  const file = join(folder, `history-${tag}.jsonl`)
  const stream = createWriteStream(file)
  const submissions = new Map<string, Submission>()
  const violations: string[] = []
  const failures: Record<string, number> = {}
  let [violated, made, degraded] = [0, 0, 0]
  const now = () => performance.now() - began
  let lines: string[] = []
  const write = () => {
    if (lines.length > 0) stream.write(`${lines.join('\n')}\n`)
    lines = []
  }
  const timer = setInterval(write, 200)
  const note = (...line: unknown[]) => void lines.push(JSON.stringify([Math.round(now()), ...line]))

  return {
    submissions,
    violations,
    violated: () => violated,
    now,
    note,
    violation(text) {
      violated += 1
      note('VIOLATION', text)
      if (violations.length < violationsKept) violations.push(`at ${(now() / 1000).toFixed(1)} s: ${text}`)
    },
    submission(board, playerId, score) {
      const id = `${tag}-${made++}`
      const one = { board, id, playerId, score, attempts: 0, said: [], firsts: 0, acknowledged: false }
      submissions.set(id, one)
      return one
    },
    tried(list, server) {
      for (const one of list) {
        one.attempts += 1
        note('try', one.id, server, one.board.id, one.playerId, one.score)
      }
    },
    receipt(one, server, receipt) {
      const said = saidBy(receipt)
      note('got', one.id, server, receipt.duplicate, receipt.degraded, said, receipt.standings[0]?.rank)
      one.acknowledged = true
      if (receipt.degraded) degraded += 1
      if (!receipt.duplicate) one.firsts += 1
      if (!one.said.includes(said)) one.said.push(said)
    },
    failed(list, server, why) {
      failures[why] = (failures[why] ?? 0) + list.length
      for (const one of list) note('not', one.id, server, why)
    },
    failures: () => failures,
    degraded: () => degraded,
    async close(keep) {
      clearInterval(timer)
      write()
      stream.end()
      await finished(stream)
      if (!keep) return null
      const kept = join(tmpdir(), `rankpulse-faults-${tag}.jsonl`)
      await cp(file, kept)
      return kept
    },
  }
}

/** What a receipt says that the ledger must say too, as text. */
export function saidBy(receipt: Pick<Receipt, 'standings'>): string {
  return JSON.stringify(
    receipt.standings.map((item) => [item.standings, item.applied, item.reason, item.score, item.previousScore]),
  )
}
