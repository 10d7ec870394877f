import { readFile } from 'node:fs/promises'
import { howToRun } from '../installation.ts'
import { signToken } from '../tokens.ts'
import { request, RequestError } from './http-client.ts'

/** Where quickstart notes its address and secret, from the current directory. */
export const quickstartFile = '.data/quickstart.json'
const tokenTtlSeconds = 3600

export interface Target {
  /** Address of the server, without a slash at the end. */
  url: string
  /** May define leaderboards. */
  adminToken: string
  /** May submit for anyone and set profiles. */
  serverToken: string
}

/**
 * The server to replay to: what is given, else what quickstart wrote down. Says on stderr why and returns undefined when
 * none is known or none answers.
 */
export async function findTarget(url: string | undefined, token: string | undefined): Promise<Target | undefined> {
  const quickstart = url !== undefined && token !== undefined ? undefined : await readQuickstart()
  const address = (url ?? quickstart?.url)?.replace(/\/+$/, '')
  const tokenFor = tokenSource(token, quickstart?.authSecret)
  if (address === undefined || tokenFor === undefined) {
    const missing = address === undefined ? 'No server is known here' : 'No secret is known here to sign a token with'
    console.error(
      `${missing} (no ${quickstartFile}): run \`${howToRun('quickstart')}\` first, or give --url and --token.`,
    )
    return undefined
  }
  try {
    await request(`${address}/health/live`)
  } catch (error) {
    // Any answer will do: only silence means that nothing is there.
    if (error instanceof RequestError && error.code === 'NETWORK') {
      console.error(
        `No server answers (${error.message}): run \`${howToRun('quickstart')}\` first, in another terminal.`,
      )
      return undefined
    }
  }
  return { url: address, adminToken: await tokenFor('admin'), serverToken: await tokenFor('server') }
}

function tokenSource(token: string | undefined, secret: string | undefined) {
  if (token !== undefined) return () => token
  if (secret === undefined) return undefined
  return (role: 'admin' | 'server') => signToken({ role, sub: 'demo', ttlSeconds: tokenTtlSeconds, secret })
}

async function readQuickstart(): Promise<{ url?: string; authSecret?: string } | undefined> {
  try {
    return JSON.parse(await readFile(quickstartFile, 'utf8')) as { url?: string; authSecret?: string }
  } catch {
    return undefined
  }
}
