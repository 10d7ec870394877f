import type { Role } from '../contract/roles.ts'

/** Who asks. `sub` and `role` are null for a spectator. */
export interface Caller {
  sub: string | null
  role: Role | null
}

/** Names one standings: `standings` is a selector, by default GLOBAL, else the leaderboard's first type. */
export interface Where {
  leaderboard: string
  standings?: string | undefined
}
