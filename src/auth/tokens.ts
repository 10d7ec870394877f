import { playerIdPattern } from '../ranking/ids.ts'
import { createRemoteJWKSet, decodeProtectedHeader, errors, jwtVerify, SignJWT, type JWTPayload } from 'jose'
import { LRUCache } from 'lru-cache'
import type { Config } from '../config.ts'
import { type Role, roles } from '../contract/roles.ts'
import { AppError } from '../errors.ts'

/** Who a token speaks for; `exp` in seconds since 1970. */
export interface Identity {
  sub: string
  role: Role
  exp: number
}

export type Verifier = (token: string) => Promise<Identity>

const PUBLIC_KEY_ALGORITHMS = ['RS256', 'ES256', 'EdDSA']
const MAX_TOKEN_LENGTH = 8192
const CACHED_TOKENS = 10_000

/**
 * A signed HS256 token, valid from now for `ttlSeconds`; of the issuer and for the audience that the server expects, '' for
 * none. Throws on a bad sub, role or ttl.
 */
export async function signToken(claims: {
  role: string
  sub: string
  ttlSeconds: number
  secret: string
  issuer?: string
  audience?: string
}): Promise<string> {
  const { role, sub, ttlSeconds, secret, issuer = '', audience = '' } = claims
  if (!isRole(role)) throw new Error(`role must be one of ${roles.join(', ')}, not "${role}"`)
  if (!playerIdPattern.test(sub))
    throw new Error('sub must be 1-64 letters, digits, _ . : or -, starting with a letter or digit')
  if (!(ttlSeconds > 0)) throw new Error('the lifetime must be longer than 0 seconds')
  const now = Math.floor(Date.now() / 1000)
  const expected = { ...(issuer === '' ? {} : { iss: issuer }), ...(audience === '' ? {} : { aud: audience }) }
  return new SignJWT({ role, ...expected })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(sub)
    .setIssuedAt(now)
    .setExpirationTime(now + Math.ceil(ttlSeconds))
    .sign(new TextEncoder().encode(secret))
}

/**
 * A function that checks a token and says who it speaks for. It rejects with UNAUTHENTICATED for a token that is not
 * good, and with UNAVAILABLE when the JWKS cannot be fetched.
 */
export function createVerifier(config: Config['auth']): Verifier {
  const verifySignature = createSignatureCheck(config)
  const verified = new LRUCache<string, Identity>({ max: CACHED_TOKENS })

  return async (token) => {
    const known = verified.get(token)
    const identity = known ?? toIdentity(await verifySignature(token))
    if (identity.exp * 1000 <= Date.now()) {
      verified.delete(token)
      throw new AppError('UNAUTHENTICATED', 'the token has expired')
    }
    if (known === undefined) verified.set(token, identity)
    return identity
  }
}

function createSignatureCheck(config: Config['auth']): (token: string) => Promise<JWTPayload> {
  const secret = config.secret === null ? null : new TextEncoder().encode(config.secret)
  const jwks = config.jwksUrl === null ? null : createRemoteJWKSet(new URL(config.jwksUrl))
  const expected = {
    requiredClaims: ['sub', 'role', 'exp'],
    ...(config.issuer === null ? {} : { issuer: config.issuer }),
    ...(config.audience === null ? {} : { audience: config.audience }),
  }

  // Each kind of key has its own algorithms, so a public key can never be taken for an HMAC secret.
  return async (token) => {
    if (token.length > MAX_TOKEN_LENGTH) throw new AppError('UNAUTHENTICATED', 'the token is too long')
    try {
      const { alg } = decodeProtectedHeader(token)
      if (alg === 'HS256' && secret !== null)
        return (await jwtVerify(token, secret, { ...expected, algorithms: ['HS256'] })).payload
      if (alg !== undefined && PUBLIC_KEY_ALGORITHMS.includes(alg) && jwks !== null)
        return (await jwtVerify(token, jwks, { ...expected, algorithms: PUBLIC_KEY_ALGORITHMS })).payload
    } catch (error) {
      throw refusal(error)
    }
    throw new AppError('UNAUTHENTICATED', 'the algorithm of the token is not accepted')
  }
}

function toIdentity({ sub, role, exp }: JWTPayload): Identity {
  if (typeof sub !== 'string' || !playerIdPattern.test(sub))
    throw new AppError('UNAUTHENTICATED', 'the sub of the token is bad')
  if (!isRole(role)) throw new AppError('UNAUTHENTICATED', `the role of the token is not one of ${roles.join(', ')}`)
  if (typeof exp !== 'number') throw new AppError('UNAUTHENTICATED', 'the token has no exp')
  return { sub, role, exp }
}

// The details name no part of the token: it may be somebody's.
function refusal(error: unknown): AppError {
  if (error instanceof errors.JWTExpired) return new AppError('UNAUTHENTICATED', 'the token has expired')
  if (error instanceof errors.JWTClaimValidationFailed)
    return new AppError('UNAUTHENTICATED', `the claim ${error.claim} of the token is missing or not as expected`)
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid || isFetchFailure(error))
    return new AppError('UNAVAILABLE', 'the keys to check the token with cannot be fetched')
  return new AppError('UNAUTHENTICATED', 'the token is malformed or its signature does not match')
}

// jose reports a JWKS answer other than 200, or one that is not JSON, as a bare JOSEError; fetch throws a TypeError.
function isFetchFailure(error: unknown): boolean {
  if (!(error instanceof errors.JOSEError)) return error instanceof TypeError && error.message === 'fetch failed'
  return error.code === 'ERR_JOSE_GENERIC'
}

function isRole(role: unknown): role is Role {
  return (roles as readonly unknown[]).includes(role)
}
