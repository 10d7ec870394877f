import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { AppError } from '../errors.ts'
import type { HttpResponse, RequestHeaders } from './message.ts'
import { bundleWeb, type WebBundle } from './web-bundle.ts'

const types: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}
const pageHeaders = {
  // An address stays, so the page asks every time; what it names is named after its content.
  'cache-control': 'no-cache',
  'content-security-policy':
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
}
const assetHeaders = { 'cache-control': 'public, max-age=31536000, immutable' }

interface WebFile {
  type: string
  tag: string
  body: Buffer
}
let loading: Promise<Map<string, WebFile>> | undefined

/** The spectator page. */
export function spectatorPage(headers: RequestHeaders): Promise<HttpResponse> {
  return respond('index.html', headers, pageHeaders)
}

/** A script, style sheet or picture of the spectator page. Throws NOT_FOUND. */
export function webFile(name: string, headers: RequestHeaders): Promise<HttpResponse> {
  if (name === 'index.html') throw new AppError('NOT_FOUND', 'there is no such file')
  return respond(name, headers, assetHeaders)
}

async function respond(name: string, { ifNoneMatch }: RequestHeaders, own: Record<string, string>) {
  const file = (await loadFiles()).get(name)
  if (file === undefined) throw new AppError('NOT_FOUND', 'there is no such file')
  const common = { ...own, etag: file.tag, 'x-content-type-options': 'nosniff' }
  if (ifNoneMatch === file.tag) return { status: 304, headers: common, body: '' }
  return { status: 200, headers: { ...common, 'content-type': file.type }, body: file.body }
}

/** Read once; after a failure the next request tries again. */
function loadFiles(): Promise<Map<string, WebFile>> {
  loading ??= readBundle().then(
    (bundle) => new Map([...bundle].map(([name, body]) => [name, toFile(name, body)])),
    (error: unknown) => {
      loading = undefined
      throw error
    },
  )
  return loading
}

// Run from its sources the server has nothing built: it bundles in memory.
async function readBundle(): Promise<WebBundle> {
  if (import.meta.url.endsWith('.ts')) return bundleWeb()
  const folder = new URL('../web/', import.meta.url)
  const names = (await readdir(folder)).filter((name) => path.extname(name) in types)
  return new Map(
    await Promise.all(
      names.map(async (name): Promise<[string, Buffer]> => [name, await readFile(new URL(name, folder))]),
    ),
  )
}

function toFile(name: string, body: Buffer): WebFile {
  const tag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`
  return { type: types[path.extname(name)] ?? 'application/octet-stream', tag, body }
}
