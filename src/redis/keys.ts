/** Every Redis key. All of a leaderboard's share a hash tag, so that one script may touch several of its standings. */
export const prefix = 'rp:'

export interface StandingsKeys {
  /** Sorted set: sort key -> tie key + player id. */
  list: string
  /** Hash: player -> version, or `version:tie` where the tie differs. */
  versions: string
  /**
   * Hash: g generation, n count, r revision; of a copy that is built: s token of who does, h when it was last heard of (epoch
   * ms), b generation that the copy will have, k its count, c calls of its builder that are in, p player up to whom all
   * rows are.
   */
  meta: string
  /** Hash: player -> version at which it left the list. */
  tombstones: string
  /** The copy being built: what becomes `list` and `versions`. */
  stagedList: string
  stagedVersions: string
}

export function standingsKeys(leaderboardNo: number, standingsId: number): StandingsKeys {
  const base = `${prefix}{${leaderboardNo}}:${standingsId}:`
  return {
    list: `${base}z`,
    versions: `${base}v`,
    meta: `${base}m`,
    tombstones: `${base}t`,
    stagedList: `${base}y`,
    stagedVersions: `${base}u`,
  }
}

/** In the order in which scripts take all of them. */
export function allStandingsKeys(leaderboardNo: number, standingsId: number): string[] {
  const { list, versions, meta, tombstones, stagedList, stagedVersions } = standingsKeys(leaderboardNo, standingsId)
  return [list, versions, meta, tombstones, stagedList, stagedVersions]
}

/** The catch-up watermark of a leaderboard: a position in Postgres, kept beside the data it speaks of. */
export function watermarkKey(leaderboardNo: number): string {
  return `${prefix}{${leaderboardNo}}:w`
}

export interface LiveKeys {
  /** String: the epoch whose publisher holds the room; expires. */
  lease: string
  /** Hash: f newest epoch taken, e epoch, q seq, t total, u sum, r rows of what the room shows. */
  view: string
  /** List: the last deltas of the epoch. */
  log: string
}

export function liveKeys(leaderboardNo: number, selector: string): LiveKeys {
  const base = `${prefix}{${leaderboardNo}}:live:${selector}:`
  return { lease: `${base}k`, view: `${base}v`, log: `${base}l` }
}

/** Prefix of the pub/sub channels between nodes, which Redis does not keep apart by database. */
export function nodeChannel(database = 0): string {
  return `${prefix}${database}:nodes`
}
