import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Receipt } from '../../src/contract/submission.ts'
import { engines } from '../helpers/engines.ts'
import { forgeTokens } from '../helpers/forged-tokens.ts'
import { startStack, type Stack } from '../helpers/stack.ts'

const nul = '\u0000'
const nested = (levels: number) => '{"a":'.repeat(levels) + '1' + '}'.repeat(levels)
const jsonType = { 'content-type': 'application/json' }

// Path, body, expected status and code; everything is sent with a server's token to the leaderboard `strict`.
const badScores: [string, string, number, string][] = [
  ['NaN', '{"playerId":"p","score":NaN}', 400, 'VALIDATION'],
  ['a string', '{"playerId":"p","score":"5"}', 400, 'VALIDATION'],
  ['null', '{"playerId":"p","score":null}', 400, 'VALIDATION'],
  ['no score', '{"playerId":"p"}', 400, 'VALIDATION'],
  ['infinite', '{"playerId":"p","score":1e400}', 400, 'VALIDATION'],
  ['beyond 2^53', '{"playerId":"p","score":9007199254740992}', 422, 'SCORE_OUT_OF_RANGE'],
  ['far beyond', '{"playerId":"p","score":1e300}', 422, 'SCORE_OUT_OF_RANGE'],
  ['more digits than a double', '{"playerId":"p","score":1.0000000000000001}', 400, 'VALIDATION'],
  ['a half beyond 2^52', '{"playerId":"p","score":4503599627370497.5}', 400, 'VALIDATION'],
  ['an odd one beyond 2^53', '{"playerId":"p","score":9007199254740993}', 400, 'VALIDATION'],
  ['almost nothing', '{"playerId":"p","score":1e-400}', 400, 'VALIDATION'],
  ['too many decimals', '{"playerId":"p","score":1.5}', 400, 'VALIDATION'],
  ['above maxScore', '{"playerId":"p","score":1001}', 422, 'SCORE_OUT_OF_RANGE'],
  ['below minScore', '{"playerId":"p","score":-1}', 422, 'SCORE_OUT_OF_RANGE'],
  ['a playerId with a space', '{"playerId":"p p","score":1}', 400, 'VALIDATION'],
  ['a playerId with NUL', JSON.stringify({ playerId: `p${nul}`, score: 1 }), 400, 'VALIDATION'],
  ['a playerId with a line feed', JSON.stringify({ playerId: 'p\n', score: 1 }), 400, 'VALIDATION'],
  ['a playerId of 65', JSON.stringify({ playerId: 'p'.repeat(65), score: 1 }), 400, 'VALIDATION'],
  ['a submissionId with a space', '{"playerId":"p","score":1,"submissionId":"a b"}', 400, 'VALIDATION'],
  ['NUL in metadata', JSON.stringify({ playerId: 'p', score: 1, metadata: { a: [nul] } }), 400, 'VALIDATION'],
  ['NUL in a metadata key', JSON.stringify({ playerId: 'p', score: 1, metadata: { [nul]: 1 } }), 400, 'VALIDATION'],
  ['broken Unicode in metadata', '{"playerId":"p","score":1,"metadata":{"a":"\\ud800"}}', 400, 'VALIDATION'],
  ['deep metadata', `{"playerId":"p","score":1,"metadata":${nested(9000)}}`, 400, 'VALIDATION'],
  ['long metadata', JSON.stringify({ playerId: 'p', score: 1, metadata: { a: 'x'.repeat(1024) } }), 400, 'VALIDATION'],
  ['a time far ahead', '{"playerId":"p","score":1,"occurredAt":"2999-01-01T00:00:00.000Z"}', 400, 'VALIDATION'],
  ['a time that is none', '{"playerId":"p","score":1,"occurredAt":"2026-02-30T00:00:00.000Z"}', 400, 'VALIDATION'],
  ['a session where none is kept', '{"playerId":"p","score":1,"sessionId":"s"}', 400, 'VALIDATION'],
  ['no JSON', '{"playerId":', 400, 'VALIDATION'],
  ['nothing', '', 400, 'VALIDATION'],
  ['an array', '[{"playerId":"p","score":1}]', 400, 'VALIDATION'],
  ['a number', '5', 400, 'VALIDATION'],
  ['deep arrays only', '['.repeat(60_000), 400, 'VALIDATION'],
  ['a body over 64 KiB', JSON.stringify({ playerId: 'p', score: 1, x: 'x'.repeat(65_536) }), 413, 'PAYLOAD_TOO_LARGE'],
  ['a huge body', JSON.stringify({ playerId: 'p', score: 1, x: 'x'.repeat(8_000_000) }), 413, 'PAYLOAD_TOO_LARGE'],
]

const badPaths: [string, string, number, string][] = [
  ['an unknown path', '/v1/nothing', 404, 'NOT_FOUND'],
  ['an unknown leaderboard', '/v1/leaderboards/unknown/standings', 404, 'NOT_FOUND'],
  ['a malformed leaderboard', '/v1/leaderboards/No%20such/standings', 400, 'VALIDATION'],
  ['a leaderboard of 49', `/v1/leaderboards/${'a'.repeat(49)}`, 400, 'VALIDATION'],
  ['a malformed percent encoding', '/v1/leaderboards/%E0%A4%A/standings', 400, 'VALIDATION'],
  ['NUL in the path', '/v1/leaderboards/strict/players/p%00', 400, 'VALIDATION'],
  ['a player of 65', `/v1/leaderboards/strict/players/${'p'.repeat(65)}`, 400, 'VALIDATION'],
  ['a player of 2,000', `/v1/leaderboards/strict/players/${'p'.repeat(2000)}`, 400, 'VALIDATION'],
  ['a player with a slash', '/v1/leaderboards/strict/players/a%2Fb', 400, 'VALIDATION'],
  ['a player without a place', '/v1/leaderboards/strict/players/nobody', 404, 'NOT_RANKED'],
  ['a limit of 1,001', '/v1/leaderboards/strict/standings?limit=1001', 400, 'VALIDATION'],
  ['a limit that is none', '/v1/leaderboards/strict/standings?limit=x', 400, 'VALIDATION'],
  ['a parameter twice', '/v1/leaderboards/strict/standings?limit=1&limit=2', 400, 'VALIDATION'],
  ['a span of 51', '/v1/leaderboards/strict/players/p/around?span=51', 400, 'VALIDATION'],
  ['a what-if of too many digits', '/v1/leaderboards/strict/what-if?score=1.0000000000000001', 400, 'VALIDATION'],
  ['a what-if of almost nothing', '/v1/leaderboards/strict/what-if?score=1e-400', 400, 'VALIDATION'],
  ['an infinite what-if', '/v1/leaderboards/strict/what-if?score=1e999', 400, 'VALIDATION'],
  ['a selector that is none', '/v1/leaderboards/strict/standings?standings=WEEKLY:2026-W54', 400, 'VALIDATION'],
  ['NUL in a selector', '/v1/leaderboards/strict/standings?standings=GLOBAL%00', 400, 'VALIDATION'],
  ['a type not kept', '/v1/leaderboards/strict/standings?standings=DAILY', 404, 'NOT_FOUND'],
  ['a file outside the docs', '/docs/..%2f..%2fpackage.json', 404, 'NOT_FOUND'],
]

describe.each(engines)('bad input over HTTP on %s', (transport) => {
  let stack: Stack
  let server: string
  let player: string
  beforeAll(async () => {
    stack = await startStack({ transport, env: { PLAYER_SUBMITS_PER_S: '0' } })
    server = await stack.token('server', 'game')
    player = await stack.token('player', 'ann')
    const admin = await stack.client()
    await admin.send('POST', '/v1/leaderboards', { id: 'strict', minScore: 0, maxScore: 1000 })
    await admin.send('POST', '/v1/leaderboards', { id: 'wide' })
    await admin.send('POST', '/v1/leaderboards', { id: 'own', submitBy: 'player' })
  })
  afterAll(async () => stack.stop())

  const request = async (path: string, init: RequestInit = {}, token: string | null = server) => {
    const authorization: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` }
    const headers = { ...authorization, ...(init.headers as Record<string, string> | undefined) }
    return fetch(stack.url + path, { ...init, headers })
  }
  const post = (
    path: string,
    body: string | Buffer,
    headers: Record<string, string> = jsonType,
    token: string | null = server,
  ) => request(path, { method: 'POST', body, headers }, token)

  const problemOf = async (response: Response) => ({
    answered: response.status,
    contentType: response.headers.get('content-type'),
    ...((await response.json()) as object),
  })
  const problem = (status: number, code: string) => ({
    answered: status,
    contentType: 'application/problem+json',
    type: `urn:rankpulse:error:${code}`,
    status,
    code,
    retryable: false,
  })
  test('this runs on the engine that was asked for', async () => {
    expect(await (await request('/health')).json()).toMatchObject({ transport, status: 'ok' })
  })

  test.each(badScores)('a score: %s', async (_name, body, status, code) => {
    const board = body.includes('e300') || body.includes('9007199254740992') ? 'wide' : 'strict'
    expect(await problemOf(await post(`/v1/leaderboards/${board}/scores`, body))).toMatchObject(problem(status, code))
  })

  test.each(badPaths)('a path: %s', async (_name, path, status, code) => {
    expect(await problemOf(await request(path))).toMatchObject(problem(status, code))
  })

  test.each(['text/plain', 'application/json; charset=latin1', 'application/x-www-form-urlencoded', ''])(
    'the content type %j',
    async (type) => {
      const response = await post('/v1/leaderboards/strict/scores', Buffer.from('{"playerId":"p","score":1}'), {
        'content-type': type,
      })
      expect(await problemOf(response)).toMatchObject(problem(400, 'VALIDATION'))
    },
  )

  test('a body that is not UTF-8', async () => {
    const body = Buffer.concat([Buffer.from('{"playerId":"p","score":1,"x":"'), Buffer.from([0xff]), Buffer.from('"}')])
    expect(await problemOf(await post('/v1/leaderboards/strict/scores', body))).toMatchObject(
      problem(400, 'VALIDATION'),
    )
  })

  test('a body of unknown length that does not end at 64 KiB', async () => {
    let chunks = 0
    const endless = new ReadableStream({
      pull(controller) {
        controller.enqueue(Buffer.alloc(16_384, 'x'))
        if (++chunks === 500) controller.close()
      },
    })
    const init = { method: 'POST', body: endless, headers: jsonType, duplex: 'half' } as RequestInit
    expect(await problemOf(await request('/v1/leaderboards/strict/scores', init))).toMatchObject(
      problem(413, 'PAYLOAD_TOO_LARGE'),
    )
  })

  test('batches: too many, none, too large, with a header', async () => {
    const path = '/v1/leaderboards/strict/scores/batch'
    const batch = (length: number, more = '') =>
      JSON.stringify({ submissions: Array.from({ length }, () => ({ playerId: 'p', score: 1, more })) })
    expect(await problemOf(await post(path, batch(1001)))).toMatchObject(problem(400, 'VALIDATION'))
    expect(await problemOf(await post(path, batch(0)))).toMatchObject(problem(400, 'VALIDATION'))
    expect(await problemOf(await post(path, batch(1000, 'x'.repeat(1100))))).toMatchObject(
      problem(413, 'PAYLOAD_TOO_LARGE'),
    )
    expect(await problemOf(await post(path, batch(1), { ...jsonType, 'idempotency-key': 'k' }))).toMatchObject(
      problem(400, 'VALIDATION'),
    )
    const items = await post(path, '{"submissions":[null,5,[],{"score":1},{"playerId":"p","score":"1"}]}')
    const { receipts } = (await items.json()) as { receipts: { error: { code: string } }[] }
    expect(receipts.map(({ error }) => error.code)).toEqual(Array.from({ length: 5 }, () => 'VALIDATION'))
  })

  test('an Idempotency-Key that differs from submissionId, or is malformed', async () => {
    const submit = (key: string, body: string) =>
      post('/v1/leaderboards/strict/scores', body, { ...jsonType, 'idempotency-key': key })
    expect(await problemOf(await submit('k1', '{"playerId":"p","score":1,"submissionId":"k2"}'))).toMatchObject(
      problem(400, 'VALIDATION'),
    )
    expect(await problemOf(await submit('k 1', '{"playerId":"p","score":1}'))).toMatchObject(problem(400, 'VALIDATION'))
    expect(await problemOf(await submit('k'.repeat(65), '{"playerId":"p","score":1}'))).toMatchObject(
      problem(400, 'VALIDATION'),
    )
  })

  test('tokens: none, malformed, forged, expired, without a claim', async () => {
    const submit = (token: string | null) =>
      post('/v1/leaderboards/strict/scores', '{"playerId":"p","score":1}', jsonType, token)
    expect(await problemOf(await submit(null))).toMatchObject(problem(401, 'UNAUTHENTICATED'))
    for (const token of await forgeTokens(stack.env.AUTH_SECRET!)) {
      expect(await problemOf(await submit(token))).toMatchObject(problem(401, 'UNAUTHENTICATED'))
      expect(await problemOf(await request('/v1/leaderboards', {}, token))).toMatchObject(
        problem(401, 'UNAUTHENTICATED'),
      )
    }
    const basic = await request('/v1/leaderboards', { headers: { authorization: 'Basic YTpi' } }, null)
    expect(await problemOf(basic)).toMatchObject(problem(401, 'UNAUTHENTICATED'))
  })

  test('roles that do not suffice', async () => {
    const own = (body: object) => post('/v1/leaderboards/own/scores', JSON.stringify(body), jsonType, player)
    expect(await problemOf(await own({ playerId: 'bob', score: 1 }))).toMatchObject(problem(403, 'FORBIDDEN'))
    const strict = await post('/v1/leaderboards/strict/scores', '{"score":1}', jsonType, player)
    expect(await problemOf(strict)).toMatchObject(problem(403, 'FORBIDDEN'))
    expect(await problemOf(await post('/v1/leaderboards', '{"id":"mine"}'))).toMatchObject(problem(403, 'FORBIDDEN'))
    expect(await problemOf(await request('/v1/leaderboards/strict', { method: 'DELETE' }))).toMatchObject(
      problem(403, 'FORBIDDEN'),
    )
    const profile = { method: 'PUT', body: '{"displayName":"Ann"}', headers: jsonType }
    expect(await problemOf(await request('/v1/players/ann', profile, player))).toMatchObject(problem(403, 'FORBIDDEN'))
  })

  test('a known path with another method names those it has', async () => {
    const response = await request('/v1/leaderboards/strict', { method: 'POST' })
    expect(response.headers.get('allow')).toBe('HEAD, GET, PATCH, DELETE, OPTIONS')
    expect(await problemOf(response)).toMatchObject(problem(404, 'NOT_FOUND'))
  })

  test('nothing of all that was stored, and the server lives', async () => {
    const [row] = await stack.sql`select (select count(*) from submissions)::int as submissions,
      (select count(*) from leaderboard_entries)::int as entries, (select count(*) from players)::int as players`
    expect(row).toEqual({ submissions: 0, entries: 0, players: 0 })
    expect((await request('/health')).status).toBe(200)
  })

  test('the same submissionId with another score changes nothing', async () => {
    const submit = (score: number) =>
      post('/v1/leaderboards/own/scores', JSON.stringify({ score, submissionId: 'm1' }), jsonType, player)
    expect((await submit(5)).status).toBe(200)
    expect(await problemOf(await submit(6))).toMatchObject(problem(409, 'IDEMPOTENCY_CONFLICT'))
    const keyed = await post(
      '/v1/leaderboards/own/scores',
      '{"score":5}',
      { ...jsonType, 'idempotency-key': 'm1' },
      player,
    )
    expect(((await keyed.json()) as Receipt).duplicate).toBe(true)
  })

  test('Unicode names come back byte for byte', async () => {
    const names = [
      'Zoë',
      'Zoe\u0308',
      '李雷',
      'مرحبا',
      '🏴‍☠️ Ⅷ',
      ' \u00a0x\u3000',
      '<b>&amp;"\'\\',
      '\ufeffbom',
      '🎮'.repeat(64),
    ]
    for (const displayName of names) {
      const body = JSON.stringify({ displayName })
      const put = await request('/v1/players/uni', { method: 'PUT', body, headers: jsonType })
      expect(await put.json()).toMatchObject({ displayName })
      expect(await (await request('/v1/players/uni')).json()).toMatchObject({ displayName })
    }
    const broken = JSON.stringify({ displayName: `a${nul}` })
    expect(
      await problemOf(await request('/v1/players/uni', { method: 'PUT', body: broken, headers: jsonType })),
    ).toMatchObject(problem(400, 'VALIDATION'))
  })
})
