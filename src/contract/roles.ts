/** The roles a token may carry, each with the rights of those before it. */
export const roles = ['player', 'server', 'admin'] as const
export type Role = (typeof roles)[number]

/** Who speaks: the claims of a token, or a spectator. `exp` in seconds since 1970. */
export interface Session {
  sub: string | null
  role: Role | null
  exp: number
}

export const spectator: Session = Object.freeze({ sub: null, role: null, exp: Number.POSITIVE_INFINITY })

/** Whether `role` has at least the rights of `needed`. */
export function roleSuffices(role: Role | null, needed: Role): boolean {
  return role !== null && roles.indexOf(role) >= roles.indexOf(needed)
}
