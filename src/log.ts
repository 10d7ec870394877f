import { createRequire } from 'node:module'
import { type Logger, pino, stdSerializers } from 'pino'
import type { Config } from './config.ts'

export type Log = Logger

const SECRETS = ['authorization', 'token', 'password', 'secret', 'authSecret', 'cookie']

/** JSON lines on stdout (or lines for people with `pretty`), without credentials. */
export function createLog(config: Config['log'], destination?: { write(line: string): void }): Log {
  const options = {
    level: config.level,
    redact: {
      paths: SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`, `*.*.*.${name}`]),
      censor: '[redacted]',
    },
    serializers: { err: serializeError, error: serializeError },
    hooks: { streamWrite: hideCredentials },
  }
  if (destination !== undefined) return pino(options, destination)
  if (!config.pretty || !isInstalled('pino-pretty')) return pino(options)
  return pino({ ...options, transport: { target: 'pino-pretty', options: { ignore: 'pid,hostname' } } })
}

/** Takes the credentials out of addresses (`scheme://user:password@host,host/x?sentinelPassword=y`) and JWTs out of any text. */
export function hideCredentials(text: string): string {
  return text
    .replaceAll(/(\w+:\/\/)[^\s"'/@]*:[^\s"'/]*@/g, '$1[redacted]@')
    .replaceAll(/([?&]sentinelPassword=)[^\s"'&#]*/g, '$1[redacted]')
    .replaceAll(/eyJ[\w-]+\.[\w-]+\.[\w-]*/g, '[redacted]')
}

// DrizzleQueryError carries the parameters of the query in its message and its fields: its cause says enough.
function serializeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const hasParameters = 'query' in error && 'params' in error
  return stdSerializers.err(hasParameters && error.cause instanceof Error ? error.cause : error)
}

function isInstalled(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name)
    return true
  } catch {
    return false
  }
}
