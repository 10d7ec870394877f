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

// Requests made ahead for each connection. With 64 connections more players than the server caches profiles of.
const requestsAhead = 4000

/** Closed loop over HTTP with autocannon: each connection sends its next request when it has its answer. */
export const httpLoad: Load<HttpJob> = async ({ url, connections, token, request }, recorder) => {
  const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` }
  // With a callback it answers the running instance instead of a promise.
  let ended = () => {}
  const end = new Promise<void>((resolve) => (ended = resolve))
  const options = {
    url,
    connections,
    duration: 24 * 3600,
    headers,
    sampleInt: 100,
    ...('submit' in request ? { requests: [submitRequest(request)] } : {}),
    ...('path' in request ? { requests: [{ path: request.path }] } : {}),
    ...('before' in request
      ? { setupClient: (client: autocannon.Client) => client.setRequests(randomRequests(request)) }
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

function submitRequest({ submit, operator, players }: { submit: string; operator: 'best' | 'sum'; players: number }) {
  const next = submissionMaker(operator, players)
  return {
    method: 'POST' as const,
    path: `/v1/leaderboards/${submit}/scores`,
    headers: { 'content-type': 'application/json' },
    setupRequest: (request: autocannon.Request) => ({ ...request, body: JSON.stringify(next()) }),
  }
}

function randomRequests({ before, after, players }: { before: string; after: string; players: number }) {
  return Array.from({ length: requestsAhead }, () => ({
    path: `${before}p${1 + Math.floor(Math.random() * players)}${after}`,
  }))
}
