import { setTimeout as sleep } from 'node:timers/promises'
import type { Http, Reply } from './http.ts'
import type { Node } from './node.ts'

const pauseMs = 200

/** One request to one server; null when it is not there or the connection broke. */
export async function askOnce(
  http: Http,
  node: Node,
  method: string,
  path: string,
  body?: unknown,
): Promise<Reply | null> {
  const url = node.url()
  return url === null ? null : http.send(url, method, path, body).catch(() => null)
}

/** Repeats a request, from the first of these servers on, until one answers with one of these statuses; null: none did in time. */
export async function askUntil(
  http: Http,
  nodes: readonly Node[],
  request: { method: string; path: string; body?: unknown; statuses: number[]; limitMs: number },
): Promise<Reply | null> {
  const giveUpAt = performance.now() + request.limitMs
  for (let attempt = 0; performance.now() < giveUpAt; attempt++) {
    const node = nodes[attempt % nodes.length]!
    const reply = await askOnce(http, node, request.method, request.path, request.body)
    if (reply && request.statuses.includes(reply.status)) return reply
    await sleep(pauseMs)
  }
  return null
}
