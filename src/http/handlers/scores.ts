import type { Actions } from '../../actions/actions.ts'
import type { scoreRoutes } from '../../contract/routes/scores.ts'
import { toAppError } from '../../errors.ts'
import { countSubmissions } from '../../metrics.ts'
import { withIdempotencyKey } from '../input.ts'
import { json } from '../message.ts'
import type { Handlers, LimitSubmits } from './handler.ts'

export function scoreHandlers(actions: Actions, limitSubmits: LimitSubmits) {
  const count = countSubmissions('http')
  return {
    submitScore: async ({ caller, params, body, headers }) => {
      try {
        const input = withIdempotencyKey(body, headers.idempotencyKey)
        await limitSubmits(caller, 1)
        const receipt = await actions.submitScore(caller, params.leaderboard, input)
        count(receipt)
        return json(200, receipt)
      } catch (error) {
        count(toAppError(error))
        throw error
      }
    },
    submitBatch: async ({ caller, params, body }) => {
      await limitSubmits(caller, body.submissions.length)
      const result = await actions.submitBatch(caller, params.leaderboard, body.submissions)
      for (const item of result.receipts) count('error' in item ? item.error : item)
      return json(200, result)
    },
  } satisfies Handlers<keyof typeof scoreRoutes>
}
