import { batchResultSchema, batchSchema, receiptSchema, submissionSchema } from '../submission.ts'
import { board, onBoard, type Route } from './route.ts'

export const scoreRoutes = {
  submitScore: {
    method: 'POST',
    path: `${onBoard}/scores`,
    summary: 'Submit one score; the receipt is sent after the commit',
    access: 'player',
    params: board,
    body: submissionSchema,
    idempotencyKey: true,
    replies: { 200: receiptSchema },
  },
  submitBatch: {
    method: 'POST',
    path: `${onBoard}/scores/batch`,
    summary: 'Submit 1-1000 scores; one receipt or error each, in order',
    access: 'player',
    params: board,
    body: batchSchema,
    bodyLimit: 1024 * 1024,
    replies: { 200: batchResultSchema },
  },
} as const satisfies Record<string, Route>
