import autocannon from 'autocannon'
import type { Load } from './recorder.ts'
import { submissionMaker } from './submissions.ts'

export interface HttpJob {
  kind: 'http'
  url: string
  connections: number
  token: string | null
  request:
    | { submit: string; operator: 'best' | 'sum'; players: number }
    /** GETs `before` + random player p1..pN + `after`. */
    | { before: string; after: string; players: number }
    | { path: string }
}

// Requests made ahead for each connection, so that making them takes nothing from the server while it is measured. With
// 64 connections more players than the server caches profiles of, and more submissions than a run can send: one sent twice
// would be a duplicate, and the check of the ledger would find it.
const requestsAhead = 4000

/** Closed loop over HTTP with autocannon: each connection sends its next request when it has its answer. */
export const httpLoad: Load<HttpJob> = async ({ url, connections, token, request }, recorder) => {
  const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` }
  // With a callback it answers the running instance instead of a promise.
  let ended = () => {}
  let clients = 0
  const end = new Promise<void>((resolve) => (ended = resolve))
  const options = {
    url,
    connections,
    duration: 24 * 3600,
    headers,
    sampleInt: 100,
    ...('path' in request ? { requests: [{ path: request.path }] } : {}),
    ...('before' in request
      ? { setupClient: (client: autocannon.Client) => client.setRequests(randomRequests(request)) }
      : {}),
    ...('submit' in request
      ? {
          setupClient: (client: autocannon.Client) =>
            client.setRequests(submitRequests(request, clients++, connections)),
        }
      : {}),
  } satisfies autocannon.Options
  const instance = autocannon(options, ended)
  instance.on('response', (_client, status, _bytes, ms) => {
    recorder.done(ms)
    if (status !== 200) recorder.fail(`HTTP status ${status}`)
  })
  instance.on('reqError', (error: Error) => recorder.fail(error.message))
  return async () => {
    ;(instance as unknown as { stop(): void }).stop() // missing in the declarations
    await end
  }
}

function submitRequests(
  { submit, operator, players }: { submit: string; operator: 'best' | 'sum'; players: number },
  client: number,
  clients: number,
) {
  const next = submissionMaker(operator, players, { first: client + 1, step: clients })
  return Array.from({ length: requestsAhead }, () => ({
    method: 'POST' as const,
    path: `/v1/leaderboards/${submit}/scores`,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(next()),
  }))
}

function randomRequests({ before, after, players }: { before: string; after: string; players: number }) {
  return Array.from({ length: requestsAhead }, () => ({
    path: `${before}p${1 + Math.floor(Math.random() * players)}${after}`,
  }))
}
