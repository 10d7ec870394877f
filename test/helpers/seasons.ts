import { expect } from 'vitest'
import type { Page } from '../../src/contract/reads.ts'
import type { SeasonView } from '../../src/contract/season.ts'
import type { Receipt } from '../../src/contract/submission.ts'
import type { Client } from './client.ts'

export const hour = 3_600_000
export const at = (ms: number) => new Date(Date.now() + ms).toISOString()

/** A season from and to so many milliseconds from now. */
export const definition = (leaderboard: string, slug: string, from: number, to: number, title = 'A season') => ({
  slug,
  leaderboard,
  title,
  startsAt: at(from),
  endsAt: at(to),
})

/** What the tests of seasons ask, by default with the client that `main` answers. */
export function seasonCalls(main: () => Client) {
  return {
    board: async (id: string, more: object = {}) => {
      const body = { id, tickMs: 50, types: ['GLOBAL', 'SEASONAL'], ...more }
      expect((await main().send('POST', '/v1/leaderboards', body)).status).toBe(201)
    },
    post: (body: object, client = main()) => client.send<SeasonView & { code?: string }>('POST', '/v1/seasons', body),
    close: (slug: string, client = main()) =>
      client.send<SeasonView & { code?: string }>('POST', `/v1/seasons/${slug}/close`),
    list: async (leaderboard: string, client = main()) =>
      (await client.get<{ seasons: SeasonView[] }>(`/v1/seasons?leaderboard=${leaderboard}`)).body.seasons,
    read: (id: string, standings: string, client = main()) =>
      client.get<Page & { code?: string }>(`/v1/leaderboards/${id}/standings?standings=${standings}`),
    submit: async (id: string, body: object, client = main()) =>
      (await client.submit<Receipt & { code?: string }>(id, body)).body,
  }
}

export const seasonal = (receipt: Receipt) => receipt.standings.filter((item) => item.standings.startsWith('SEASONAL'))
