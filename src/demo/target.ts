import { findServer, howToNameSecret, type KnownServer } from '../cli/addresses.ts'
import { howToRun } from '../installation.ts'
import { signToken } from '../auth/tokens.ts'
import { request, RequestError } from './http-client.ts'

const tokenTtlSeconds = 3600

/** The part of every help text about the options `--url` and `--token`. */
export const targetHelp = `Without --url and --token: PORT, HOST and AUTH_SECRET of the environment or of .env, as the server reads them, else what
quickstart wrote down in .data.`

export interface Target {
  /** Address of the server, without a slash at the end. */
  url: string
  /** May define leaderboards. */
  adminToken: string
  /** May submit for anyone and set profiles. */
  serverToken: string
}

/**
 * The server to replay to: what is given, else what the environment names, else what quickstart wrote down. Says on stderr
 * why and returns undefined when none is known or none answers. Throws ConfigError for a PORT that is not a valid port.
 */
export async function findTarget(url: string | undefined, token: string | undefined): Promise<Target | undefined> {
  const known = url !== undefined && token !== undefined ? null : findServer()
  const address = (url ?? known?.url)?.replace(/\/+$/, '')
  const tokenFor = tokenSource(token, known?.signing)
  if (address === undefined) {
    console.error(
      'No server is known here: give --url, set PORT (and HOST) in the environment or in .env, ' +
        `or run \`${howToRun('quickstart')}\` first.`,
    )
    return undefined
  }
  if (tokenFor === undefined) {
    console.error(`No secret is known here to sign a token with: give --token, ${howToNameSecret()}.`)
    return undefined
  }
  try {
    await request(`${address}/health/live`)
  } catch (error) {
    // Any answer will do: only silence means that nothing is there.
    if (error instanceof RequestError && error.code === 'NETWORK') {
      console.error(
        `No server answers (${error.message}): run \`${howToRun('quickstart')}\` first, in another terminal; or --url, or ` +
          'PORT in the environment or in .env, names another.',
      )
      return undefined
    }
  }
  return { url: address, adminToken: await tokenFor('admin'), serverToken: await tokenFor('server') }
}

function tokenSource(token: string | undefined, signing: KnownServer['signing'] | undefined) {
  if (token !== undefined) return () => token
  if (signing == null) return undefined
  return (role: 'admin' | 'server') => signToken({ role, sub: 'demo', ttlSeconds: tokenTtlSeconds, ...signing })
}
