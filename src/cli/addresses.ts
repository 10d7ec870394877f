import { type RawConfig, readEnv, redisUrl } from '../config.ts'
import { DEFAULT_DATA_DIR, readState } from '../embedded/quickstart-state.ts'

/**
 * The raw configuration for commands about a running installation: the environment or, when that names neither
 * Postgres nor Redis, what quickstart has left in its data folder.
 */
export function readEnvOrQuickstart(dataDir = DEFAULT_DATA_DIR): RawConfig & { source: 'environment' | 'quickstart' } {
  const raw = readEnv(process.env)
  if (raw.DATABASE_URL !== '' || redisUrl(raw) !== '') return { ...raw, source: 'environment' }
  const state = readState(dataDir)
  return {
    ...raw,
    DATABASE_URL: state?.databaseUrl ?? '',
    REDIS_URL: state?.redisUrl ?? '',
    AUTH_SECRET: raw.AUTH_SECRET || (state?.authSecret ?? ''),
    source: 'quickstart',
  }
}
