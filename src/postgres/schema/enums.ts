import { ledgerKinds } from '../../ranking/ledger-kind.ts'
import { pgEnum } from 'drizzle-orm/pg-core'
import { matchSteps, matchStatuses, matchTypes, resultTypes, verificationStatuses } from '../../ranking/match.ts'
import { leaderboardTypes, operators, orders, rankStyles, tieRules } from '../../ranking/leaderboard.ts'
import { standingsStatuses } from '../../ranking/status.ts'

export const leaderboardType = pgEnum('leaderboard_type', leaderboardTypes)
export const metric = pgEnum('metric', ['score', 'rating'])
export const order = pgEnum('rank_order', orders)
export const operator = pgEnum('operator', operators)
export const tieRule = pgEnum('tie_rule', tieRules)
export const rankStyle = pgEnum('rank_style', rankStyles)
export const submitBy = pgEnum('submit_by', ['server', 'player'])
export const standingsStatus = pgEnum('standings_status', standingsStatuses)
/** What a ledger row records. Every change of an entry is one, so that catch-up sees it and history explains it. */
export const ledgerKind = pgEnum('ledger_kind', ledgerKinds)
export const reconcileKind = pgEnum('reconcile_kind', ['AUDIT', 'REBUILD'])
export const matchType = pgEnum('match_type', matchTypes)
export const matchStatus = pgEnum('match_status', matchStatuses)
export const verificationStatus = pgEnum('verification_status', verificationStatuses)
export const resultType = pgEnum('result_type', resultTypes)
/** What people and game servers decided about a person or a match. */
export const moderationAction = pgEnum('moderation_action', ['BAN', 'UNBAN', 'ERASE', ...matchSteps])
