/** The address to reach a server by that listens on this host and port: a client cannot connect to "any". */
export function serverUrl(host: string, port: number): string {
  const isAny = host === '0.0.0.0' || host === '::' || host === ''
  const name = isAny ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host
  return `http://${name}:${port}`
}
