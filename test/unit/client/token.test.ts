import { expect, test } from 'vitest'
import { claimsOf, renewIn } from '../../../src/client/token.ts'
import { signToken } from '../../../src/auth/tokens.ts'

test('reads the player and the expiry of a token', async () => {
  const token = await signToken({ role: 'player', sub: 'p1', ttlSeconds: 60, secret: 'x'.repeat(32) })
  const { sub, expiresAt } = claimsOf(token)
  expect(sub).toBe('p1')
  expect(Math.abs((expiresAt ?? 0) - Date.now() - 60_000)).toBeLessThan(5000)
})

test.each([undefined, '', 'none', 'a.b.c', `a.${btoa('null')}.c`, `a.${btoa('{"sub":1}')}.c`])(
  '%s has no claims',
  (token) => {
    expect(claimsOf(token)).toEqual({ sub: null, expiresAt: null })
  },
)

test('is renewed 10-60 s before it expires, a short one not before half its life', () => {
  for (let tries = 0; tries < 100; tries++) {
    expect(3_600_000 - renewIn(3_600_000)).toBeGreaterThanOrEqual(10_000)
    expect(3_600_000 - renewIn(3_600_000)).toBeLessThanOrEqual(60_000)
    expect(renewIn(2000)).toBe(1000)
  }
})
