export const matchTypes = ['RANKED', 'CASUAL', 'TOURNAMENT'] as const
export const matchStatuses = ['SCHEDULED', 'IN_PROGRESS', 'COMPLETED', 'CANCELLED'] as const
export const verificationStatuses = ['PENDING', 'VERIFIED', 'DISPUTED', 'REJECTED'] as const
export const resultTypes = ['WIN', 'LOSS', 'DRAW'] as const
/** What may be done to a match; `CREATE` makes it. */
export const matchSteps = ['CREATE', 'START', 'COMPLETE', 'VERIFY', 'DISPUTE', 'REJECT', 'CANCEL'] as const
export type MatchType = (typeof matchTypes)[number]
export type MatchStatus = (typeof matchStatuses)[number]
export type VerificationStatus = (typeof verificationStatuses)[number]
export type ResultType = (typeof resultTypes)[number]
export type MatchStep = (typeof matchSteps)[number]

/** Where a match stands. `verification` is null until it is completed. */
export interface MatchState {
  status: MatchStatus
  verification: VerificationStatus | null
}

const steps: Record<Exclude<MatchStep, 'CREATE'>, { from: string[]; to: MatchState }> = {
  START: { from: ['SCHEDULED'], to: { status: 'IN_PROGRESS', verification: null } },
  COMPLETE: { from: ['IN_PROGRESS'], to: { status: 'COMPLETED', verification: 'PENDING' } },
  CANCEL: { from: ['SCHEDULED', 'IN_PROGRESS'], to: { status: 'CANCELLED', verification: null } },
  VERIFY: { from: ['PENDING', 'DISPUTED'], to: { status: 'COMPLETED', verification: 'VERIFIED' } },
  DISPUTE: { from: ['PENDING'], to: { status: 'COMPLETED', verification: 'DISPUTED' } },
  REJECT: { from: ['PENDING', 'DISPUTED', 'VERIFIED'], to: { status: 'COMPLETED', verification: 'REJECTED' } },
}

/** The state after a step; null when the step cannot be taken from here. */
export function afterStep(state: MatchState, step: Exclude<MatchStep, 'CREATE'>): MatchState | null {
  const { from, to } = steps[step]
  return from.includes(state.verification ?? state.status) ? to : null
}

/** Whether placements are 1 for the first, shared by equals, who are followed by gaps: 1, 1, 3. */
export function arePlacements(placements: readonly number[]): boolean {
  const sorted = placements.toSorted((a, b) => a - b)
  return sorted.every((placement, at) => placement === at + 1 || (at > 0 && placement === sorted[at - 1]))
}

/** A player's result: in a duel by comparison, else a sole first wins, a shared first draws, the rest lose. */
export function resultOf(placement: number, placements: readonly number[]): ResultType {
  if (placement > 1) return 'LOSS'
  return placements.filter((other) => other === 1).length > 1 ? 'DRAW' : 'WIN'
}
