import { joinOutcomes, runLoad, type Outcome } from './child.ts'
import type { BenchOptions } from './options.ts'
import { progress } from './progress.ts'
import { perSecond } from './report.ts'
import { medianBy } from './statistics.ts'

export interface Turn {
  name: string
  job: Parameters<typeof runLoad>[0]
  /** Process ids of the trees whose CPU counts. */
  observed: Record<string, number>
  /** Started before each of its runs and stopped after it. */
  beside?: () => { stop(): Promise<void> }
}

/** The warm-up of a round that counts, in seconds: the load only has to settle. */
export const settleSeconds = ({ warmup }: BenchOptions) => warmup / 4

/**
 * Runs the jobs in turns, so that a machine that gets slower or faster meanwhile does so for all of them, and each second
 * time backwards, so that none always comes right after the same other one. The server compiles its hot paths for the first
 * 10 s or so under load: a whole round, with a longer warm-up, is dropped for that. Returns one outcome a job, in order;
 * `completed` counts the dropped round too.
 */
export async function measureInTurns<const Turns extends readonly Turn[]>(
  turns: Turns,
  options: BenchOptions,
): Promise<{ [At in keyof Turns]: Outcome }> {
  const round = async (timing: BenchOptions, backwards: boolean): Promise<Outcome[]> => {
    const taken: Outcome[] = []
    const order = turns.map((_, at) => at)
    for (const at of backwards ? order.toReversed() : order) {
      const { name, job, observed, beside } = turns[at]!
      const background = beside?.()
      const outcome = await runLoad(job, timing, observed)
      await background?.stop()
      progress(`${name}: ${perSecond(outcome.median.rate)}/s`)
      taken[at] = outcome
    }
    return taken
  }
  progress('a round that is dropped ...')
  const dropped = await round({ ...options, runs: 1 }, false)
  const rounds: Outcome[][] = []
  for (let nth = 1; nth <= options.runs; nth++) {
    progress(`round ${nth} of ${options.runs} ...`)
    rounds.push(await round({ ...options, runs: 1, warmup: settleSeconds(options) }, nth % 2 === 0))
  }
  const joined = turns.map((_, at) => {
    const outcome = joinOutcomes(rounds.map((taken) => taken[at]!))
    return { ...outcome, completed: outcome.completed + dropped[at]!.completed }
  })
  return joined as { [At in keyof Turns]: Outcome }
}

/** The median of the rounds' ratios, each round against its own yardstick: they are neighbours in time. */
export function ratioOf(measured: Outcome, yardstick: Outcome): number {
  const ratios = measured.rates.map((rate, round) => rate / yardstick.rates[round]!)
  return medianBy(ratios, (ratio) => ratio)
}
