import { ConfigError, type RawConfig, readEnv, redisUrl } from '../config.ts'
import { wholeNumber } from '../config-values.ts'
import { DEFAULT_DATA_DIR, type QuickstartState, readState } from '../embedded/quickstart-state.ts'
import { howToRun } from '../installation.ts'
import { serverUrl } from '../server-url.ts'

// What commands about a running installation go by. Each value is the environment's (.env included) or, where that names
// none, what quickstart wrote down: quickstart itself runs with what the environment names.

/** The raw configuration of the installation; `source` says who brought Postgres and Redis. */
export function readEnvOrQuickstart(dataDir = DEFAULT_DATA_DIR): RawConfig & { source: 'environment' | 'quickstart' } {
  const raw = readEnv(process.env)
  const notes = notesFor(raw, dataDir)
  const named = [raw.DATABASE_URL, redisUrl(raw)].filter((url) => url !== '').length
  return {
    ...raw,
    DATABASE_URL: raw.DATABASE_URL || (notes?.databaseUrl ?? ''),
    REDIS_URL: redisUrl(raw) || (notes?.redisUrl ?? ''),
    AUTH_SECRET: raw.AUTH_SECRET || (notes?.authSecret ?? ''),
    source: named === 2 || (named === 1 && notes === null) ? 'environment' : 'quickstart',
  }
}

/** The server of the installation, for commands that talk to it. */
export interface KnownServer {
  /** null when nothing tells where it is. */
  url: string | null
  /** null when its tokens cannot be signed here. */
  signing: { secret: string; issuer: string; audience: string } | null
}

/** Where the server is and what its tokens are signed with. Throws ConfigError for a PORT that is not a valid port. */
export function findServer(dataDir = DEFAULT_DATA_DIR): KnownServer {
  const raw = readEnvOrQuickstart(dataDir)
  return {
    url: urlOf(raw, notesFor(readEnv(process.env), dataDir)),
    signing:
      raw.AUTH_SECRET === '' ? null : { secret: raw.AUTH_SECRET, issuer: raw.AUTH_ISSUER, audience: raw.AUTH_AUDIENCE },
  }
}

/** What to do where no secret was found, as the end of a sentence. */
export function howToNameSecret(): string {
  return `set AUTH_SECRET in the environment or in .env, or run \`${howToRun('quickstart')}\` first`
}

function urlOf(raw: RawConfig, notes: QuickstartState | null): string | null {
  const parsed = wholeNumber(0, 65_535).safeParse(raw.PORT)
  if (!parsed.success) throw new ConfigError(parsed.error.issues.map(({ message }) => `PORT: ${message}`))
  const isNamed = (name: 'HOST' | 'PORT') => (process.env[name] ?? '').trim() !== ''
  // Of port 0, which takes a free one, quickstart alone knows what came of it.
  const port = parsed.data === 0 ? null : parsed.data
  if (port !== null && isNamed('PORT')) return serverUrl(raw.HOST, port)
  if (notes !== null && (!isNamed('HOST') || serverUrl(raw.HOST, Number(new URL(notes.url).port)) === notes.url))
    return notes.url
  // A server that is set up here without naming its port has the default one.
  const isSetUp = isNamed('HOST') || raw.AUTH_SECRET !== '' || raw.DATABASE_URL !== ''
  return port !== null && isSetUp ? serverUrl(raw.HOST, port) : null
}

// Notes of a quickstart that ran with another Postgres or Redis than the environment names are of another installation.
function notesFor(raw: RawConfig, dataDir: string): QuickstartState | null {
  const notes = readState(dataDir)
  if (notes === null) return null
  const differs = (named: string, noted: string) => named !== '' && named !== noted
  return differs(raw.DATABASE_URL, notes.databaseUrl) || differs(redisUrl(raw), notes.redisUrl) ? null : notes
}
