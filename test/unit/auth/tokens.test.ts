import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { createVerifier, signToken } from '../../../src/auth/tokens.ts'

const secret = 'an-example-secret-of-32-characters'
const auth = { secret, jwksUrl: null, issuer: null, audience: null }
const verify = createVerifier(auth)
const key = new TextEncoder().encode(secret)
const inAnHour = () => Math.floor(Date.now() / 1000) + 3600
const claims = (more: object = {}) => ({ sub: 'p1', role: 'player', exp: inAnHour(), ...more })
const sign = (payload: object, alg = 'HS256') =>
  new SignJWT(payload as Record<string, unknown>).setProtectedHeader({ alg }).sign(key)

afterEach(() => void vi.useRealTimers())

test.each(['player', 'server', 'admin'])('a token for a %s says who it speaks for', async (role) => {
  const token = await signToken({ role, sub: 'p-1.a:b_c', ttlSeconds: 60, secret })
  const identity = await verify(token)
  expect(identity).toEqual({ sub: 'p-1.a:b_c', role, exp: expect.any(Number) })
  expect(await verify(token)).toEqual(identity) // the second time from the cache
})

test('a bad role, sub or lifetime is not signed', async () => {
  const good = { role: 'player', sub: 'p1', ttlSeconds: 60, secret }
  await expect(signToken({ ...good, role: 'king' })).rejects.toThrow('role')
  await expect(signToken({ ...good, sub: 'a b' })).rejects.toThrow('sub')
  await expect(signToken({ ...good, ttlSeconds: 0 })).rejects.toThrow('lifetime')
})

test.each([
  ['nothing', () => ''],
  ['text', () => 'not a token'],
  ['three dots', () => '..'],
  ['another secret', () => signToken({ role: 'admin', sub: 'a', ttlSeconds: 60, secret: `${secret}!` })],
  ['alg none', () => new UnsecuredJWT(claims()).encode()],
  ['HS512', () => sign(claims(), 'HS512')],
  ['no sub', () => sign(claims({ sub: undefined }))],
  ['an empty sub', () => sign(claims({ sub: '' }))],
  ['a sub with a space', () => sign(claims({ sub: 'a b' }))],
  ['a sub with a line end', () => sign(claims({ sub: 'p1\n' }))],
  ['a sub of 65 characters', () => sign(claims({ sub: 'a'.repeat(65) }))],
  ['no role', () => sign(claims({ role: undefined }))],
  ['an unknown role', () => sign(claims({ role: 'king' }))],
  ['a list of roles', () => sign(claims({ role: ['admin'] }))],
  ['no exp', () => sign(claims({ exp: undefined }))],
  ['a past exp', () => sign(claims({ exp: inAnHour() - 7200 }))],
  ['nbf in the future', () => sign(claims({ nbf: inAnHour() }))],
  ['20,000 characters', () => sign(claims({ filler: 'x'.repeat(20_000) }))],
])('%s is refused', async (_, make) => {
  await expect(verify(await make())).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
})

test('a changed payload is refused, although the token was accepted before', async () => {
  const token = await signToken({ role: 'player', sub: 'p1', ttlSeconds: 60, secret })
  await verify(token)
  const [header, , signature] = token.split('.')
  const payload = Buffer.from(JSON.stringify(claims({ role: 'admin' }))).toString('base64url')
  await expect(verify(`${header}.${payload}.${signature}`)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
})

test('a cached token expires all the same', async () => {
  const token = await signToken({ role: 'player', sub: 'p1', ttlSeconds: 60, secret })
  await verify(token)
  vi.useFakeTimers({ now: Date.now() + 61_000, toFake: ['Date'] })
  await expect(verify(token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED', message: 'the token has expired' })
})

test('issuer and audience are checked when configured', async () => {
  const strict = createVerifier({ ...auth, issuer: 'https://id.example', audience: 'rankpulse' })
  const good = { iss: 'https://id.example', aud: ['rankpulse', 'other'] }
  await expect(strict(await sign(claims(good)))).resolves.toMatchObject({ sub: 'p1' })
  for (const bad of [{}, { ...good, iss: 'https://evil.example' }, { ...good, aud: 'other' }])
    await expect(strict(await sign(claims(bad)))).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
})

// A real identity provider's part: an HTTP server that serves the public keys.
let keys: object[] = []
let status = 200
let server: Server
const jwksUrl = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`

beforeAll(async () => {
  server = createServer((_, response) => void response.writeHead(status).end(JSON.stringify({ keys })))
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
})
afterAll(() => void server.close())

test.each(['RS256', 'ES256', 'EdDSA'])('%s is checked with the keys of the JWKS', async (alg) => {
  const pair = await generateKeyPair(alg)
  const stranger = await generateKeyPair(alg)
  keys = [{ ...(await exportJWK(pair.publicKey)), alg, kid: 'k1' }]
  const check = createVerifier({ ...auth, secret: null, jwksUrl: jwksUrl() })
  const token = (privateKey: typeof pair.privateKey) =>
    new SignJWT(claims()).setProtectedHeader({ alg, kid: 'k1' }).sign(privateKey)
  await expect(check(await token(pair.privateKey))).resolves.toMatchObject({ sub: 'p1', role: 'player' })
  await expect(check(await token(stranger.privateKey))).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  // Without a secret no HMAC is accepted, not even one keyed with what everybody can read.
  await expect(check(await sign(claims()))).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  const known = new TextEncoder().encode(JSON.stringify(keys[0]))
  const confused = await new SignJWT(claims()).setProtectedHeader({ alg: 'HS256', kid: 'k1' }).sign(known)
  await expect(check(confused)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
})

test('keys that cannot be fetched are our failure, not the token’s', async () => {
  const { privateKey } = await generateKeyPair('RS256')
  const token = await new SignJWT(claims()).setProtectedHeader({ alg: 'RS256', kid: 'k1' }).sign(privateKey)
  status = 500
  await expect(createVerifier({ ...auth, jwksUrl: jwksUrl() })(token)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  status = 200
  const nobody = 'http://127.0.0.1:1/jwks.json'
  await expect(createVerifier({ ...auth, jwksUrl: nobody })(token)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
})
