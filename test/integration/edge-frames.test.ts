import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { engines } from '../helpers/engines.ts'
import { startStack, type Stack } from '../helpers/stack.ts'
import { openWebSocket, type RawSocket } from '../helpers/raw-websocket.ts'

const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)

// Frames after a good handshake; each must end in an error ack, silence or a closed connection.
const frames: [string, (string | Buffer)[]][] = [
  ['no packet type', ['x']],
  ['an unknown engine packet', ['9']],
  ['an unknown socket packet', ['49']],
  ['an empty frame', ['']],
  ['an event without a name', ['42[]']],
  ['an event that is an object', ['42{}']],
  ['an event name that is an object', ['42[{}]']],
  ['a reserved event', ['421["disconnect"]']],
  ['broken JSON', ['421["score:submit",{']],
  ['deep JSON', [`421["score:submit",${deep(8000)}]`]],
  ['an ack nobody asked for', ['431["x"]']],
  ['a huge ack id', [`42${'9'.repeat(400)}["standings:get",{}]`]],
  ['a second CONNECT', ['40']],
  ['an unknown namespace', ['40/admin,{}']],
  ['a CONNECT_ERROR', ['44{"message":"x"}']],
  ['attachments that never come', ['459-1["score:submit",{"_placeholder":true,"num":0}]']],
  ['too many attachments', ['459999-1["score:submit"]']],
  ['attachments nobody announced', [Buffer.alloc(100)]],
  ['a placeholder out of range', ['451-1["score:submit",{"_placeholder":true,"num":7}]', Buffer.alloc(1)]],
  ['a frame of 20 KiB without an ack', [`42["score:submit",{"x":"${'x'.repeat(20_000)}"}]`]],
  ['many events at once', Array.from({ length: 500 }, () => '421["score:submit",{"score":1}]')],
]

describe.each(engines)('hostile frames on %s', (transport) => {
  let stack: Stack
  let token: string
  beforeAll(async () => {
    stack = await startStack({ transport })
    token = await stack.token('server', 'game')
    await (await stack.client()).send('POST', '/v1/leaderboards', { id: 'arena' })
  })
  afterAll(async () => stack.stop())

  async function join(): Promise<RawSocket> {
    const socket = await openWebSocket(stack.url)
    socket.send(`40${JSON.stringify({ token })}`)
    await socket.received((frame) => frame.startsWith('40'))
    return socket
  }

  test.each(frames)('%s', async (_name, sent) => {
    const socket = await join()
    for (const frame of sent) socket.send(frame)
    // Answered after whatever came before, or the connection is closed.
    socket.send('4277["standings:get",{"leaderboard":"arena"}]')
    await socket.received((frame) => frame.startsWith('4377'))
    socket.terminate()
    expect(socket.frames.filter((frame) => frame.startsWith('431') && !frame.includes('"error"'))).toEqual([])
    expect(await stack.sql`select from submissions`).toHaveLength(0)
    expect((await fetch(`${stack.url}/health/live`)).status).toBe(200)
  })

  test.each(['40{"token":', '40[]', '40"x"', '42["standings:get",{"leaderboard":"arena"}]', '41'])(
    'the first frame %s',
    async (frame) => {
      const socket = await openWebSocket(stack.url)
      socket.send(frame)
      await socket.received(() => false)
      expect(socket.frames.some((text) => text.startsWith('40'))).toBe(false)
      expect((await fetch(`${stack.url}/health/live`)).status).toBe(200)
    },
  )

  test('a token is not tried again and again on one connection', async () => {
    const socket = await openWebSocket(stack.url)
    for (let attempt = 0; attempt < 100; attempt++) socket.send('40{"token":"x"}')
    await socket.received(() => false)
    expect(socket.frames.filter((frame) => frame.startsWith('44')).length).toBeLessThan(100)
  })

  test('a client that does not read is cut off', async () => {
    const socket = await join()
    socket.pause()
    // Answers of several hundred bytes, far more than the system's buffers and the server's limit together hold.
    const question = `421["score:submit",${JSON.stringify({ leaderboard: 'x'.repeat(200), x: 'x'.repeat(50) })}]`
    while (socket.isOpen()) await socket.sendMany(question, 500)
    expect((await fetch(`${stack.url}/health/live`)).status).toBe(200)
  })
})
