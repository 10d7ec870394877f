import { Agent, request } from 'node:http'

export interface Reply {
  status: number
  body: unknown
}

export interface Http {
  /**
   * JSON in, JSON out. Rejects when the connection breaks, or when there is no answer within `limitMs` (NoAnswer).
   */
  send(url: string, method: string, path: string, body?: unknown): Promise<Reply>
  close(): void
}

export class NoAnswer extends Error {}

/** A cheap client with connections that stay open, for a load beside the servers; `limitMs` only ends a hang. */
export function createHttp(token: string, limitMs: number): Http {
  // Idle connections go before a server closes them: one that is closed as it is taken looks like a fault.
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 512, timeout: 3000 })
  const authorization = `Bearer ${token}`
  return {
    send(url, method, path, body) {
      const text = body === undefined ? null : JSON.stringify(body)
      const headers: Record<string, string | number> = { authorization }
      if (text !== null) {
        headers['content-type'] = 'application/json'
        headers['content-length'] = Buffer.byteLength(text)
      }
      return new Promise((resolve, reject) => {
        const sent = request(url + path, { method, agent, headers }, (response) => {
          const chunks: Buffer[] = []
          response.on('data', (chunk: Buffer) => chunks.push(chunk))
          response.once('error', reject)
          response.once('end', () => {
            clearTimeout(timer)
            resolve({ status: response.statusCode!, body: parse(Buffer.concat(chunks).toString()) })
          })
        })
        const timer = setTimeout(() => {
          reject(new NoAnswer(`no answer within ${limitMs} ms`))
          sent.destroy()
        }, limitMs)
        sent.once('error', (error) => {
          clearTimeout(timer)
          reject(error)
        })
        sent.end(text ?? undefined)
      })
    },
    close: () => agent.destroy(),
  }
}

/** Null for nothing; what is not JSON stays text, which no reader expects. */
function parse(text: string): unknown {
  if (text === '') return null
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
