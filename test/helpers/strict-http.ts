import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'

/** One answer, as it stood on the wire. */
export interface Answer {
  status: number
  /** Names in lower case. */
  headers: Map<string, string>
  body: string
}

/** A connection that sends bytes as they are and takes nothing but well-formed answers. */
export interface StrictConnection {
  send(bytes: string): void
  /**
   * The next answer, to a request with that method; null when the connection was closed instead. Rejects on bytes that
   * are not one whole, well-formed answer.
   */
  answer(method: string): Promise<Answer | null>
  /** Waits until the other side closes, and gives what came that no `answer` took. */
  closed(): Promise<string>
  /** What came and was not asked for. */
  stray(): string
  destroy(): void
}

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

/** Opens a connection. What the other side sends is read as RFC 9112 says, without any leniency. */
export async function openStrict(url: string): Promise<StrictConnection> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  let received = ''
  let ended = false
  let arrived = () => {}
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1')
    arrived()
  })
  socket.on('error', () => {}) // a reset is a close, too
  socket.on('close', () => {
    ended = true
    arrived()
  })
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  const more = () => new Promise<void>((resolve) => (ended ? resolve() : (arrived = resolve)))

  // Whether it came true before the connection was closed.
  async function until(has: () => boolean): Promise<boolean> {
    for (;;) {
      if (has()) return true
      if (ended) return false
      await more()
    }
  }
  async function need(has: () => boolean, what: string): Promise<void> {
    if (!(await until(has))) throw new Error(`the connection was closed in ${what}: ${JSON.stringify(received)}`)
  }
  function take(length: number): string {
    const bytes = received.slice(0, length)
    received = received.slice(length)
    return bytes
  }
  async function takeLine(what: string): Promise<string> {
    await need(() => received.includes('\r\n'), what)
    return take(received.indexOf('\r\n') + 2).slice(0, -2)
  }

  async function readHead(): Promise<{ status: number; headers: Map<string, string> }> {
    await need(() => received.includes('\r\n\r\n'), 'the head')
    const [first = '', ...lines] = take(received.indexOf('\r\n\r\n') + 4)
      .slice(0, -4)
      .split('\r\n')
    const status = /^HTTP\/1\.1 ([1-5]\d\d) [\t\x20-\x7e]+$/.exec(first)?.[1]
    if (status === undefined) throw new Error(`not a status line: ${JSON.stringify(first)}`)
    const headers = new Map<string, string>()
    for (const line of lines) {
      const colon = line.indexOf(':')
      const name = line.slice(0, colon).toLowerCase()
      const value = line.slice(colon + 1).trim()
      if (!token.test(name) || !/^[\t\x20-\x7e]*$/.test(value)) throw new Error(`not a header: ${JSON.stringify(line)}`)
      if (headers.has(name)) throw new Error(`twice in one head: ${name}`)
      headers.set(name, value)
    }
    return { status: Number(status), headers }
  }

  async function readChunks(): Promise<string> {
    for (let body = ''; ;) {
      const size = await takeLine('a chunk size')
      if (!/^[0-9a-f]+$/i.test(size)) throw new Error(`not a chunk size: ${JSON.stringify(size)}`)
      const length = Number.parseInt(size, 16)
      await need(() => received.length >= length + 2, 'a chunk')
      body += take(length)
      if (take(2) !== '\r\n') throw new Error('a chunk is longer than it says')
      if (length === 0) return body
    }
  }

  async function readBody(method: string, status: number, headers: Map<string, string>): Promise<string> {
    const length = headers.get('content-length')
    const coding = headers.get('transfer-encoding')
    if (length !== undefined && coding !== undefined) throw new Error('two lengths')
    if (length !== undefined && (!/^\d+$/.test(length) || !Number.isSafeInteger(Number(length))))
      throw new Error(`not a length: ${length}`)
    if (status < 200 || status === 204) {
      if (length !== undefined || coding !== undefined) throw new Error(`a length on a ${status}`)
      return ''
    }
    if (status === 304 || method === 'HEAD') return ''
    if (coding === 'chunked') return readChunks()
    if (length === undefined) throw new Error(`a ${status} without a length`)
    await need(() => received.length >= Number(length), 'the body')
    return take(Number(length))
  }

  return {
    send: (bytes) => void socket.write(bytes, 'latin1'),
    async answer(method) {
      if (!(await until(() => received !== ''))) return null
      const { status, headers } = await readHead()
      // Only what refuses a connection that ends there may lack it: ws and engine.io write none.
      const refused = status >= 400 && headers.get('connection') === 'close' && !headers.has('date')
      if (status >= 200 && !refused && !/^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/.test(headers.get('date') ?? ''))
        throw new Error(`the date is ${headers.get('date')}`)
      const body = await readBody(method, status, headers)
      await turn() // what came in one piece with it is seen by `stray`
      return { status, headers, body }
    },
    async closed() {
      await until(() => false)
      return received
    },
    stray: () => received,
    destroy: () => socket.destroy(),
  }
}

const crlf = '\r\n'

/** The bytes of a request; a body is announced by its length. */
export function requestBytes(method: string, path: string, headers: string[] = [], body?: string): string {
  const length = body === undefined ? [] : [`Content-Length: ${body.length}`]
  return [`${method} ${path} HTTP/1.1`, 'Host: a', ...headers, ...length, '', body ?? ''].join(crlf)
}

/** A chunk of a body of unknown length; the empty one ends it. */
export const chunk = (data: string): string => `${data.length.toString(16)}${crlf}${data}${crlf}`

/** Checks that two more requests are answered as if nothing had been before them, then leaves. */
export async function goesOn(connection: StrictConnection): Promise<void> {
  for (let more = 0; more < 2; more++) {
    assert.equal(connection.stray(), '')
    connection.send(requestBytes('GET', '/health/live'))
    const answer = await connection.answer('GET')
    assert.deepEqual([answer?.status, answer?.body], [200, '{"status":"ok"}'])
  }
  assert.equal(connection.stray(), '')
  connection.destroy()
}
