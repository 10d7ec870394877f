import type { Cluster } from './cluster.ts'
import type { Random } from './random.ts'
import type { Session, SessionOptions } from './session.ts'

/** What a scenario works with. */
export interface Stage {
  cluster: Cluster
  session: Session
  random: Random
  /** The length that the acceptance line names, rather than a short one for the test suite. */
  long: boolean
  /** Minutes of the random mix. */
  minutes: number
  /** Tells what is broken or mended, with the time. */
  say(text: string): void
  /** Tells how far it is. */
  progress(text: string): void
  violation(text: string): void
  figure(name: string, value: string | number): void
}

export interface Scenario {
  name: string
  about: string
  /** How busy the clients are, where it differs from the usual. */
  clients?: { short?: Partial<SessionOptions>; long?: Partial<SessionOptions> }
  run(stage: Stage): Promise<void>
}
