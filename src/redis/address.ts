export interface Host {
  host: string
  port: number
}

/** Where Redis is: one server, the Sentinels that know which server it is, or nodes of a Cluster. */
export interface RedisAddress {
  kind: 'standalone' | 'sentinel' | 'cluster'
  /** The server, the Sentinels, or nodes that tell of the others. */
  hosts: Host[]
  tls: boolean
  username: string | undefined
  password: string | undefined
  /** Always 0 in a Cluster. */
  db: number
  /** What the Sentinels call the server; '' without Sentinels. */
  masterName: string
  /** The Sentinels' own password. */
  sentinelPassword: string | undefined
}

/** What addresses look like, for messages. */
export const REDIS_EXAMPLES =
  'redis://:password@host:6379/0, redis+sentinel://:password@host1:26379,host2:26379/master-name/0 or ' +
  'redis+cluster://:password@host1:7000,host2:7001 (rediss:// and its likes for TLS)'

const form = /^(rediss?)(?:\+(sentinel|cluster))?:\/\/(?:([^/?#]*)@)?([^@/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/
const defaultPorts = { standalone: 6379, sentinel: 26379, cluster: 6379 }

/**
 * Reads an address of one of the three forms; null when it is not a valid address. `new URL` takes one host only, so that lists of hosts
 * are read here. Credentials and the master's name are percent-encoded.
 */
export function parseRedisAddress(text: string): RedisAddress | null {
  const [, scheme, variant, credentials, hostList, path = '', query = ''] = form.exec(text) ?? []
  if (scheme === undefined || hostList === undefined) return null
  const kind = (variant ?? 'standalone') as RedisAddress['kind']
  const hosts = hostList.split(',').map((host) => parseHost(host, defaultPorts[kind]))
  const login = parseCredentials(credentials)
  const place = parsePath(kind, path)
  const sentinelPassword = parseQuery(kind, query)
  if (login === null || place === null || sentinelPassword === null) return null
  if (!hosts.every((host) => host !== null) || (kind === 'standalone' && hosts.length > 1)) return null
  return { kind, hosts, tls: scheme === 'rediss', ...login, ...place, sentinelPassword }
}

function parseHost(text: string, defaultPort: number): Host | null {
  const [, v6, name, digits] = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]]+))(?::(\d{1,5}))?$/.exec(text) ?? []
  const host = v6 ?? name
  const port = Number(digits ?? defaultPort)
  return host === undefined || port < 1 || port > 65_535 ? null : { host, port }
}

// As in every URL: `user:password`, `:password`, or a user alone.
function parseCredentials(text = ''): Pick<RedisAddress, 'username' | 'password'> | null {
  const colon = text.indexOf(':')
  const username = decode(colon < 0 ? text : text.slice(0, colon))
  const password = decode(colon < 0 ? '' : text.slice(colon + 1))
  if (username === null || password === null) return null
  return { username: username || undefined, password: password || undefined }
}

function parsePath(kind: RedisAddress['kind'], path: string): Pick<RedisAddress, 'masterName' | 'db'> | null {
  const parts = path === '' ? [] : path.replace(/\/$/, '').split('/')
  const masterName = kind === 'sentinel' ? decode(parts.shift() ?? '') : ''
  if (masterName === null || (kind === 'sentinel' && masterName === '')) return null
  const [db = '0', ...rest] = parts
  if (rest.length > 0 || !/^\d{1,5}$/.test(db) || (kind === 'cluster' && Number(db) !== 0)) return null
  return { masterName, db: Number(db) }
}

function parseQuery(kind: RedisAddress['kind'], query: string): string | undefined | null {
  if (query === '' || kind === 'standalone') return undefined // ioredis takes options of its own there
  const entries = [...new URLSearchParams(query)]
  const known = kind === 'sentinel' && entries.length === 1 && entries[0]![0] === 'sentinelPassword'
  return known ? entries[0]![1] || undefined : null
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}
