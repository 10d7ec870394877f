import { SignJWT } from 'jose'

/** Tokens that no server may accept: malformed, unsigned, signed by others, expired, or short of a claim. */
export async function forgeTokens(secret: string): Promise<string[]> {
  const key = new TextEncoder().encode(secret)
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const now = Math.floor(Date.now() / 1000)
  const claims = { sub: 'ann', role: 'admin', exp: now + 600 }
  const sign = (payload: Record<string, unknown>, by = key, alg = 'HS256') =>
    new SignJWT(payload).setProtectedHeader({ alg }).sign(by)
  const good = await sign(claims)
  const [header, , signature] = good.split('.')
  return [
    'x',
    'a.b.c',
    good.slice(0, -2),
    `${encode({ alg: 'none' })}.${encode(claims)}.`,
    `${encode({ alg: 'none' })}.${encode(claims)}.${signature}`,
    `${header}.${encode({ ...claims, sub: 'bob' })}.${signature}`,
    await sign(claims, new TextEncoder().encode(`${secret}x`)),
    await sign(claims, key, 'HS384'),
    await sign({ ...claims, exp: now - 1 }),
    await sign({ sub: 'ann', role: 'admin' }),
    await sign({ role: 'admin', exp: now + 600 }),
    await sign({ sub: 'ann', exp: now + 600 }),
    await sign({ ...claims, role: 'root' }),
    await sign({ ...claims, sub: 'a b' }),
  ]
}
