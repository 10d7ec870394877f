import { setImmediate as nextTurn } from 'node:timers/promises'
import type { RankedList } from '../../actions/ports/ranks.ts'

// Places asked of a list at once; what is more waits for another read. A row whose score was asked for is compared with all.
const maxAsked = 100

/**
 * Joins reads of the same list: every question before a read begins gets the result of that read, so a result is never older
 * than its question. `run` reads for all of them; `capped` says when.
 */
export function shareReads<Asked, Result>(
  capped: <T>(work: () => Promise<T>) => Promise<T>,
  weigh: (asked: Asked) => number,
  run: (list: RankedList, asked: Asked[]) => Promise<Result>,
): (list: RankedList, asked: Asked) => Promise<Result> {
  interface Waiting {
    asked: Asked[]
    weight: number
    result: Promise<Result>
  }
  const waiting = new Map<number, Waiting>()

  return (list, asked) => {
    const { id } = list.standings
    const joined = waiting.get(id)
    const weight = weigh(asked)
    if (joined && joined.weight + weight <= maxAsked) {
      joined.asked.push(asked)
      joined.weight += weight
      return joined.result
    }
    const questions = [asked]
    const begins = () => {
      if (waiting.get(id) === made) waiting.delete(id)
    }
    const result = nextTurn().then(() =>
      capped(() => {
        begins()
        return run(list, questions)
      }),
    )
    const made = { asked: questions, weight, result }
    waiting.set(id, made)
    // Refused before it began.
    result.catch(begins)
    return result
  }
}
