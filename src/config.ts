import type { z } from 'zod'
import { howToRun } from './installation.ts'
import { settings, type Variable } from './settings.ts'

type Settings = typeof settings
type Parsed = {
  [Part in keyof Settings]: {
    [Key in keyof Settings[Part]]: Settings[Part][Key] extends Variable<string, infer Schema> ? z.output<Schema> : never
  }
}
type NameOf<Part> = {
  [Key in keyof Part]: Part[Key] extends Variable<infer Name, z.ZodType> ? Name : never
}[keyof Part]
export type VariableName = { [Part in keyof Settings]: NameOf<Settings[Part]> }[keyof Settings]

export type Config = Omit<Parsed, 'redisParts'>
export type RawConfig = Record<VariableName, string>

/** Every variable that the server reads, in the order of `.env.example`. */
export const VARIABLES: readonly Variable<VariableName, z.ZodType>[] = Object.values(settings).flatMap((part) =>
  Object.values<Variable<VariableName, z.ZodType>>(part),
)

/** Step one: the raw strings, with defaults where a variable is missing or empty. */
export function readEnv(env: NodeJS.ProcessEnv): RawConfig {
  const entries = VARIABLES.map(({ name, fallback }) => [name, env[name]?.trim() || fallback])
  return Object.fromEntries(entries) as RawConfig
}

/** What is wrong, one line a variable: `NAME: what to do`. */
export class ConfigError extends Error {
  readonly problems: string[]
  constructor(problems: string[]) {
    super(`The configuration has errors:\n${problems.map((line) => `  ${line}`).join('\n')}`)
    this.name = 'ConfigError'
    this.problems = problems
  }
}

/**
 * Step two: the typed configuration. Throws ConfigError that names every bad variable. `serving` false: for a process
 * that checks no tokens.
 */
export function parseConfig(raw: RawConfig, serving = true): Config {
  const problems: string[] = []
  const parsePart = (part: Record<string, Variable<VariableName, z.ZodType>>) => {
    const values = Object.entries(part).map(([key, one]) => {
      const parsed = one.schema.safeParse(raw[one.name])
      if (!parsed.success) problems.push(...parsed.error.issues.map(({ message }) => `${one.name}: ${message}`))
      return [key, parsed.data]
    })
    return Object.fromEntries(values) as unknown
  }
  const parts = Object.entries(settings).map(([part, of]) => [part, parsePart(of)])
  problems.push(...missing(raw).filter((problem) => serving || !problem.startsWith('AUTH_')))
  if (problems.length > 0) throw new ConfigError(problems)
  const { redisParts: _, ...config } = Object.fromEntries(parts) as Parsed
  return { ...config, redis: { ...config.redis, url: redisUrl(raw) } }
}

/** The Postgres address alone, for commands that need nothing else. Throws ConfigError. */
export function parseDatabaseUrl(raw: RawConfig): string {
  const parsed = settings.postgres.url.schema.safeParse(raw.DATABASE_URL)
  if (!parsed.success) throw new ConfigError(parsed.error.issues.map(({ message }) => `DATABASE_URL: ${message}`))
  return parsed.data
}

/** REDIS_URL, or one made of REDIS_HOST and its companions; '' when neither is set. */
export function redisUrl(raw: RawConfig): string {
  if (raw.REDIS_URL !== '' || raw.REDIS_HOST === '') return raw.REDIS_URL
  const host = raw.REDIS_HOST.includes(':') ? `[${raw.REDIS_HOST}]` : raw.REDIS_HOST // IPv6
  const credentials = raw.REDIS_PASSWORD === '' ? '' : `:${encodeURIComponent(raw.REDIS_PASSWORD)}@`
  return `redis://${credentials}${host}:${raw.REDIS_PORT}/${raw.REDIS_DB}`
}

function missing(raw: RawConfig): string[] {
  const problems: string[] = []
  if (raw.REDIS_URL === '' && raw.REDIS_HOST === '')
    problems.push(
      `REDIS_URL: is not set; set it to redis://:password@host:6379/0, or use \`${howToRun('quickstart')}\``,
    )
  if (raw.AUTH_SECRET === '' && raw.AUTH_JWKS_URL === '')
    problems.push('AUTH_SECRET: is not set; set it (openssl rand -hex 32 makes one), or set AUTH_JWKS_URL')
  if (Number(raw.DATABASE_POOL_MIN) > Number(raw.DATABASE_POOL_MAX))
    problems.push('DATABASE_POOL_MIN: must not be greater than DATABASE_POOL_MAX')
  return problems
}
