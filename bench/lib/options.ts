export interface BenchOptions {
  /** Seconds of one measured run, and of the warm-up before the first. */
  seconds: number
  warmup: number
  runs: number
  connections: number
  transport: 'auto' | 'uws' | 'node'
  members: number
  /** Ids that submissions are spread over. */
  players: number
  /** Watchers of one room. */
  watchers: number
  quick: boolean
  save: boolean
  /** More of the server's variables, such as `{ WRITE_LANES: '1' }`. */
  env: Record<string, string>
  /** Folder for CPU profiles of the server; null: none. */
  profile: string | null
}
