import { setTimeout as sleep } from 'node:timers/promises'
import type { Http, Reply } from './http.ts'
import type { History } from './history.ts'
import type { Node } from './node.ts'
import { pick, type Random } from './random.ts'
import { timed } from './submit.ts'

/** A read, made at the moment when it is sent. */
export interface Read {
  path: string
  /** What is wrong with a reply of status 200 or 404, or null. Called when it has come; `sentAt` by performance.now(). */
  check(reply: Reply, sentAt: number): string | null
}

export interface ReaderOptions {
  http: Http
  nodes: readonly Node[]
  history: History
  random: Random
  answerLimitMs: number
  /** Makes the next read. */
  next(): Read
  perSecond: number
}

export interface Reader {
  /** Replies by what they were: `redis`, `postgres`, an error code, or why there was none. */
  counts(): Record<string, number>
  stop(): Promise<void>
}

/** Reads at a pace, from whatever server lives, one worker with one read in flight for every ten a second. */
export function startReader(options: ReaderOptions): Reader {
  const { history, nodes, random } = options
  const counts: Record<string, number> = {}
  const workers = Math.max(1, Math.ceil(options.perSecond / 10))
  const stopping = new AbortController()

  const readOnce = async () => {
    const live = nodes.filter((node) => node.url() !== null)
    if (live.length === 0) return
    const node = pick(random, live)
    const url = node.url()!
    const { path, check } = options.next()
    const sentAt = performance.now()
    const reply = await timed(options, node, path, () => options.http.send(url, 'GET', path))
    if (typeof reply === 'string') return count(reply)
    const body = reply.body as { code?: string; source?: string; retryable?: boolean }
    count(body.source ?? body.code ?? String(reply.status))
    if (reply.status !== 200 && reply.status !== 404) {
      if (!body.retryable) history.violation(`server ${node.number} answers ${path}: ${reply.status} ${body.code}`)
      return
    }
    const wrong = check(reply, sentAt)
    if (wrong === null) return
    const took = Math.round(performance.now() - sentAt)
    history.violation(`server ${node.number}, ${path}, source ${body.source}, ${took} ms: ${wrong}`)
    history.note('read', path, reply.body)
  }
  const count = (what: string) => {
    counts[what] = (counts[what] ?? 0) + 1
  }
  const work = async () => {
    while (!stopping.signal.aborted) {
      await readOnce()
      await sleep(((0.5 + random()) * 1000 * workers) / options.perSecond)
    }
  }
  const done = Promise.all(Array.from({ length: workers }, work))
  return {
    counts: () => counts,
    async stop() {
      stopping.abort()
      await done
    },
  }
}
