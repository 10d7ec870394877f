import { createServer, type IncomingMessage, type Server as HttpServer, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { AppError } from '../errors.ts'
import type { HttpRequest, HttpResponse } from '../http/message.ts'
import { problemResponse } from '../http/problem.ts'
import {
  backpressureLimit,
  closeTimeoutMs,
  listenError,
  requestTimeoutS,
  type Engine,
  type EngineOptions,
} from './engine.ts'

/** The engine on node:http and ws. Rejects when the port is not available. */
export async function listenOnNode({ host, port, http, io, attached }: EngineOptions): Promise<Engine> {
  let draining = false
  const server = createServer(
    {
      requestTimeout: requestTimeoutS * 1000,
      headersTimeout: requestTimeoutS * 1000,
      connectionsCheckingInterval: 5000,
      keepAliveTimeout: 65_000, // longer than that of the usual load balancers
    },
    (request, response) => {
      http
        .handle(toRequest(request))
        .then((answer) => send(answer, request, response, draining))
        .catch(() => response.destroy())
    },
  )
  server.on('clientError', refuseMalformed)
  server.on('connect', (_request, socket: Duplex) => {
    socket.on('error', () => undefined)
    refuse(socket, 'this server is no proxy')
  })
  // Between an upgrade request and its answer there is no other listener, and a reset connection would end the process.
  const upgraded = new Set<Duplex>()
  io.attach(server)
  const toSocketIo = server.listeners('upgrade') as UpgradeListener[]
  server.removeAllListeners('upgrade')
  server.on('upgrade', (request, socket, head) => {
    if (!isForSocketIo(request, io.path())) return answerWithoutUpgrade(server, request, socket, head)
    socket.on('error', () => undefined)
    upgraded.add(socket)
    socket.once('close', () => upgraded.delete(socket))
    for (const listener of toSocketIo) listener(request, socket, head)
  })
  attached()
  limitBackpressure(io)
  await listen(server, host, port)
  const address = server.address()

  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    drain() {
      draining = true
      server.close()
      server.closeIdleConnections()
    },
    async close() {
      const closed = io.close()
      server.closeAllConnections()
      // Who does not answer the closing handshake is not waited for.
      const timer = setTimeout(() => upgraded.forEach((socket) => socket.destroy()), closeTimeoutMs)
      await closed
      clearTimeout(timer)
    },
  }
}

async function listen(server: HttpServer, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) =>
      reject(listenError(host, port, error.code === 'EADDRINUSE' ? 'the port is in use' : error.message))
    server.once('error', failed)
    server.listen(port, host, () => {
      server.off('error', failed)
      server.on('error', () => undefined) // no file descriptor for a connection: the others go on
      resolve()
    })
  })
}

type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void

function isForSocketIo({ url = '', headers }: IncomingMessage, path: string): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket' && url.split('?', 1)[0] === `${path}/`
}

// Node.js takes every connection that offers another protocol out of HTTP. An offer may be ignored, and has to be where
// it comes with ordinary requests (Java's client offers HTTP/2 first): the request goes in again without it.
function answerWithoutUpgrade(server: HttpServer, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const lines = [`${request.method} ${request.url} HTTP/${request.httpVersion}`]
  const { rawHeaders } = request
  for (let at = 0; at < rawHeaders.length; at += 2)
    if (rawHeaders[at]!.toLowerCase() !== 'upgrade') lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`)
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]))
  server.emit('connection', socket)
}

function toRequest(request: IncomingMessage): HttpRequest {
  const url = request.url ?? '/'
  const mark = url.indexOf('?')
  const { headers } = request
  const idempotencyKey = headers['idempotency-key']
  return {
    method: request.method ?? 'GET',
    path: mark === -1 ? url : url.slice(0, mark),
    query: mark === -1 ? '' : url.slice(mark + 1),
    headers: {
      authorization: headers.authorization,
      contentType: headers['content-type'],
      idempotencyKey: Array.isArray(idempotencyKey) ? idempotencyKey.join(',') : idempotencyKey,
      origin: headers.origin,
      ifNoneMatch: headers['if-none-match'],
    },
    hasBody: isAnnounced(headers['content-length']) || headers['transfer-encoding'] !== undefined,
    readBody: (limit) => readBody(request, limit),
  }
}

function isAnnounced(length: string | undefined): boolean {
  return length !== undefined && Number(length) !== 0
}

async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const tooLarge = () => new AppError('PAYLOAD_TOO_LARGE', `the body is larger than the limit of ${limit} bytes`)
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge()
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = []
    let length = 0
    request.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length <= limit) return chunks.push(chunk)
      chunks = [] // what still comes is dropped: a closed connection would lose the answer
      return reject(tooLarge())
    })
    request.once('end', () => resolve(Buffer.concat(chunks)))
    request.on('error', () => undefined)
    request.once('close', () => reject(new AppError('VALIDATION', 'the client went away')))
  })
}

function send(answer: HttpResponse, request: IncomingMessage, response: ServerResponse, draining: boolean): void {
  if (response.destroyed || response.writableEnded) return
  const body = typeof answer.body === 'string' ? Buffer.from(answer.body) : answer.body
  if (draining) response.setHeader('connection', 'close')
  if (answer.status !== 204 && answer.status !== 304) response.setHeader('content-length', body.length)
  response.writeHead(answer.status, answer.headers)
  response.end(request.method === 'HEAD' ? undefined : body)
}

// What is not HTTP, or took too long to arrive, gets the same kind of answer as everything else.
function refuseMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const detail =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? 'the headers are too large'
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? 'the request did not arrive in time'
        : 'this is not a well-formed HTTP request'
  refuse(socket, detail)
}

function refuse(socket: Duplex, detail: string): void {
  const { body } = problemResponse(new AppError('VALIDATION', detail))
  const head = ['HTTP/1.1 400 Bad Request', 'Content-Type: application/problem+json', 'Connection: close']
  head.push(`Date: ${new Date().toUTCString()}`, `Content-Length: ${Buffer.byteLength(body)}`)
  socket.end(`${head.join('\r\n')}\r\n\r\n${body.toString()}`)
}

interface WsTransport {
  socket?: { bufferedAmount: number; terminate(): void }
}

// uWebSockets.js closes slow readers by itself; engine.io on ws would keep what they do not read in memory.
function limitBackpressure(io: EngineOptions['io']): void {
  io.engine.on('connection', (connection: ServerConnection) => {
    let queued = 0
    connection.on('flush', () => (queued = 0))
    connection.on('packetCreate', ({ data }: { data?: string | Buffer }) => {
      queued += data?.length ?? 0
      const socket = (connection.transport as WsTransport).socket
      if (socket !== undefined && queued + socket.bufferedAmount > backpressureLimit) socket.terminate()
    })
  })
}

interface ServerConnection {
  transport: unknown
  on(event: string, listener: (packet: { data?: string | Buffer }) => void): void
}
