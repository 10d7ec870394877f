import { STATUS_CODES } from 'node:http'
import type {
  HttpRequest as UwsRequest,
  HttpResponse as UwsResponse,
  TemplatedApp,
  us_listen_socket,
} from 'uWebSockets.js'
import { AppError } from '../errors.ts'
import type { HttpRequest, HttpResponse } from '../http/message.ts'
import { backpressureLimit, listenError, type Engine, type EngineOptions } from './engine.ts'
import type { Uws } from './load-uws.ts'

const idleTimeoutS = 60 // longer than the 45 s in which engine.io notices a dead client

/** The engine on uWebSockets.js. Rejects when the port is not available. */
export async function listenOnUws(uws: Uws, { host, port, http, io, attached }: EngineOptions): Promise<Engine> {
  let draining = false
  const app = uws.App()
  limitWebSockets(app)
  // engine.io would answer HEAD with a body, which a client takes for the beginning of its next answer.
  app.head(`${io.path()}/`, (response) => {
    response.writeStatus('400 Bad Request').writeHeader('Content-Type', 'application/json').endWithoutBody()
  })
  io.attachApp(app)
  attached()
  app.any('/*', (response, request) => {
    const exchange = { response, aborted: false, onGone: () => undefined as void }
    response.onAborted(() => {
      exchange.aborted = true
      exchange.onGone()
    })
    const incoming = toRequest(exchange, request)
    http
      .handle(incoming)
      .then((answer) => {
        if (!exchange.aborted) response.cork(() => send(answer, incoming.method, response, draining))
      })
      .catch(() => exchange.aborted || response.close())
  })
  const token = await listen(uws, app, host, port)

  return {
    port: uws.us_socket_local_port(token),
    drain() {
      if (draining) return
      draining = true
      uws.us_listen_socket_close(token)
    },
    async close() {
      await io.close()
    },
  }
}

function limitWebSockets(app: TemplatedApp): void {
  const ws = app.ws.bind(app)
  app.ws = (pattern, behavior) =>
    ws(pattern, {
      ...behavior,
      maxBackpressure: backpressureLimit,
      // A dropped message would break the connection's stream silently; a closed connection is noticed.
      closeOnBackpressureLimit: true as unknown as number,
      idleTimeout: idleTimeoutS,
    })
}

async function listen(uws: Uws, app: TemplatedApp, host: string, port: number): Promise<us_listen_socket> {
  // Without EXCLUSIVE_PORT a second process could share the port, and each would get some of the connections.
  const exclusive = app as unknown as Listener
  return new Promise((resolve, reject) => {
    exclusive.listen(host, port, uws.ListenOptions?.LIBUS_LISTEN_EXCLUSIVE_PORT ?? 1, (token) => {
      if (token === false) reject(listenError(host, port, 'the port is in use or the address is not of this machine'))
      else resolve(token)
    })
  })
}

// The declarations of the package lack this form.
interface Listener {
  listen(host: string, port: number, options: number, done: (token: us_listen_socket | false) => void): void
}

interface Exchange {
  response: UwsResponse
  aborted: boolean
  onGone(): void
}

const upperCase = new Map(['get', 'post', 'put', 'patch', 'delete', 'head'].map((name) => [name, name.toUpperCase()]))

// The request object is void after this turn: everything is copied.
function toRequest(exchange: Exchange, request: UwsRequest): HttpRequest {
  const method = request.getMethod()
  const header = (name: string) => request.getHeader(name) || undefined
  const path = request.getUrl()
  const announced = Number(request.getHeader('content-length'))
  const hasBody = announced !== 0 || request.getHeader('transfer-encoding') !== ''
  // Each look-up crosses into C++: reads of the API, which has no tags, do without those that mean nothing to them.
  const mayHaveBody = hasBody || (method !== 'get' && method !== 'head')
  const mayHaveTag = !path.startsWith('/v1/')
  return {
    method: upperCase.get(method) ?? method.toUpperCase(),
    path,
    query: request.getQuery() ?? '',
    headers: {
      authorization: header('authorization'),
      origin: header('origin'),
      ifNoneMatch: mayHaveTag ? header('if-none-match') : undefined,
      contentType: mayHaveBody ? header('content-type') : undefined,
      idempotencyKey: mayHaveBody ? header('idempotency-key') : undefined,
    },
    hasBody,
    readBody: (limit) => readBody(exchange, announced, limit),
  }
}

function readBody(exchange: Exchange, announced: number, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const tooLarge = () => new AppError('PAYLOAD_TOO_LARGE', `the body is larger than the limit of ${limit} bytes`)
    if (announced > limit) return reject(tooLarge())
    let chunks: Uint8Array[] = []
    let length = 0
    // Named first: V8 allocates a function that is written straight into a property among the old objects, where it keeps
    // the request alive until a full collection.
    const onGone = () => {
      chunks = []
      reject(new AppError('VALIDATION', 'the client went away'))
    }
    exchange.onGone = onGone
    exchange.response.onData((chunk, isLast) => {
      length += chunk.byteLength
      if (length > limit) {
        chunks = [] // what still comes is dropped
        return reject(tooLarge())
      }
      const copy = Buffer.from(new Uint8Array(chunk)) // the chunk is void after this call
      if (isLast) return resolve(chunks.length === 0 ? copy : Buffer.concat([...chunks, copy]))
      return chunks.push(copy)
    })
  })
}

const statusLines = new Map(Object.entries(STATUS_CODES).map(([status, text]) => [Number(status), `${status} ${text}`]))

/**
 * Writes an answer. What has no body ends with `endWithoutBody()`: any first argument, `undefined` too, is a length to
 * every build of uWebSockets.js, and in older ones a length that is not 0 leaves the answer open, so that the connection
 * is closed at the next request. A length that HEAD tells is therefore a header like any other.
 */
function send(answer: HttpResponse, method: string, response: UwsResponse, draining: boolean): void {
  const bodiless = answer.status === 204 || answer.status === 304
  response.writeStatus(statusLines.get(answer.status) ?? String(answer.status))
  for (const name in answer.headers) response.writeHeader(name, answer.headers[name] ?? '')
  if (!bodiless && method !== 'HEAD') return void response.end(answer.body, draining)
  if (!bodiless) response.writeHeader('Content-Length', String(Buffer.byteLength(answer.body)))
  // The client closes then; every later answer asks again, until the process ends.
  if (draining) response.writeHeader('Connection', 'close')
  response.endWithoutBody()
}
