import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Receipt } from '../../../src/contract/submission.ts'
import type { FaultBoard } from './boards.ts'
import { createJournal } from './journal.ts'
import { createTimeline, seconds, type Violation } from './timeline.ts'

/** One score, however often it was sent. Times are milliseconds since the history began. */
export interface Submission {
  board: FaultBoard
  id: string
  playerId: string
  score: number
  sessionId?: string
  attempts: number
  /** Each different thing that receipts said of standings, scores, and what was applied. */
  said: string[]
  /** Receipts that claimed to be the first. */
  firsts: number
  acknowledged: boolean
  /** Whoever sends it may still do so. */
  open: boolean
}

/** What clients sent and what they got: in memory until the ledger was compared with it, and line by line in a file for people. */
export interface History {
  submissions: ReadonlyMap<string, Submission>
  /** What was seen to be wrong while it ran, newest last; at most 1,000 are kept. */
  violations: Violation[]
  /** How many there were in all. */
  violated(): number
  /** Scores with a receipt, those forgotten too. */
  acknowledged(): number
  now(): number
  note(...line: unknown[]): void
  /** Something that was broken or mended. */
  fault(text: string): void
  /** What happened lately, for a violation that is found now. */
  recent(): string[]
  violation(text: string): void
  /** Called with each violation as it is seen. */
  onViolation(listener: (text: string) => void): void
  submission(board: FaultBoard, playerId: string, score: number, sessionId?: string): Submission
  /** It was compared with the ledger, or is no longer expected there. */
  forget(submission: Submission): void
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
  const journal = createJournal(join(folder, `history-${tag}.jsonl`))
  const timeline = createTimeline()
  const submissions = new Map<string, Submission>()
  const violations: Violation[] = []
  const listeners: ((text: string) => void)[] = []
  const failures: Record<string, number> = {}
  let [violated, made, degraded, acknowledged] = [0, 0, 0, 0]
  const now = () => performance.now() - began
  const note = (...line: unknown[]) => journal.note(Math.round(now()), ...line)

  return {
    submissions,
    violations,
    violated: () => violated,
    acknowledged: () => acknowledged,
    now,
    note,
    fault(text) {
      note('FAULT', text)
      timeline.add(now(), text)
    },
    recent: () => timeline.before(now()),
    violation(text) {
      violated += 1
      note('VIOLATION', text)
      listeners.forEach((listener) => listener(text))
      if (violations.length < violationsKept)
        violations.push({ text: `at ${seconds(now())}: ${text}`, before: timeline.before(now()) })
    },
    onViolation: (listener) => void listeners.push(listener),
    submission(board, playerId, score, sessionId) {
      const id = `${tag}-${made++}`
      const one: Submission = {
        board,
        id,
        playerId,
        score,
        ...(sessionId === undefined ? {} : { sessionId }),
        attempts: 0,
        said: [],
        firsts: 0,
        acknowledged: false,
        open: true,
      }
      submissions.set(id, one)
      return one
    },
    forget: ({ id }) => void submissions.delete(id),
    tried(list, server) {
      for (const one of list) {
        one.attempts += 1
        note('try', one.id, server, one.board.id, one.playerId, one.score)
      }
    },
    receipt(one, server, receipt) {
      const said = saidBy(receipt)
      note('got', one.id, server, receipt.duplicate, receipt.degraded, said, receipt.standings[0]?.rank)
      if (!one.acknowledged) acknowledged += 1
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
      const kept = keep ? join(tmpdir(), `rankpulse-faults-${tag}.jsonl`) : null
      await journal.close(kept)
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
