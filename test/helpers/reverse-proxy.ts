import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { isExecutable } from '../../src/embedded/binaries.ts'
import { howToInstallPackages, installPackages } from '../../src/embedded/package-manager.ts'
import { freePort } from '../../src/embedded/server-process.ts'
import { eventually } from './wait.ts'

export const proxies = ['nginx', 'haproxy'] as const
export type ProxyName = (typeof proxies)[number]

export interface ReverseProxy {
  url: string
  stop(): Promise<void>
}

const folders = [
  ...(process.env['PATH'] ?? '').split(delimiter).filter(Boolean),
  '/usr/sbin',
  '/usr/local/sbin',
  '/usr/local/bin',
  '/opt/homebrew/bin',
]

/** Installs a proxy where it is missing, when that needs no password; throws with the command for people if it does. */
export function installProxy(name: ProxyName): string {
  const packages = { apt: [name], brew: [name] }
  const say = (line: string) => void process.stderr.write(`${line}\n`)
  const found = find(name) ?? (installPackages(packages, `${name} missing`, say) ? find(name) : null)
  if (found !== null) return found
  throw new Error(`${name} missing. Install it yourself: ${howToInstallPackages(packages) ?? name}`)
}

/** A proxy on a free port of loopback in front of a server, configured as `docs/operations.md` shows it. */
export async function startProxy(name: ProxyName, serverUrl: string): Promise<ReverseProxy> {
  const path = installProxy(name)
  const folder = await mkdtemp(join(tmpdir(), `rankpulse-${name}-`))
  const port = await freePort()
  const sample = (await sampleOf(name))
    .replaceAll('127.0.0.1:3000', new URL(serverUrl).host)
    .replace(/\blisten 80;/, `listen 127.0.0.1:${port};`)
    .replace(/\bbind :80\b/, `bind 127.0.0.1:${port}`)
  const file = join(folder, 'proxy.conf')
  await writeFile(file, name === 'nginx' ? nginxAround(sample, folder) : sample)
  const args = name === 'nginx' ? ['-c', file, '-p', folder, '-e', 'stderr'] : ['-db', '-f', file]
  const child = spawn(path, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const takeAlong = () => child.kill('SIGKILL')
  process.once('exit', takeAlong)
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const exited = once(child, 'exit')
  const url = `http://127.0.0.1:${port}`
  await eventually(async () => {
    assert.equal(child.exitCode, null, said)
    assert.equal((await fetch(`${url}/health/live`)).status, 200)
  })
  return {
    url,
    async stop() {
      child.kill('SIGTERM')
      await exited
      process.off('exit', takeAlong)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

// The sample is what belongs into `http`; the rest keeps this nginx out of the system's folders.
function nginxAround(sample: string, folder: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((what) => `${what}_temp_path ${folder};`)
  return `daemon off;
pid ${folder}/nginx.pid;
worker_processes 1;
${process.getuid?.() === 0 ? 'user root root;' : ''}
events {}
http {
access_log off;
${temporary.join('\n')}
${sample}
}
`
}

async function sampleOf(name: ProxyName): Promise<string> {
  const text = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8')
  const sample = new RegExp('^```' + name + '\n([^]*?)^```$', 'm').exec(text)?.[1]
  if (sample === undefined) throw new Error(`docs/operations.md has no sample for ${name}`)
  return sample
}

function find(name: ProxyName): string | null {
  return folders.map((folder) => join(folder, name)).find(isExecutable) ?? null
}
