import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import type { Health } from '../actions/actions.ts'
import { AppError } from '../errors.ts'
import type { HttpResponse, RequestHeaders } from './message.ts'

const securityHeaders = {
  'content-security-policy':
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
}

/** The page at `/`. */
export function landingPage(health: Health, transport: string): HttpResponse {
  const started = `rankpulse ${health.version} on ${transport}`
  return html(`<!doctype html>
<html lang="en">
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>rankpulse</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem; color: #1c2430 }
a { color: #0b5cad } code { background: #f0f2f5; padding: .1rem .3rem; border-radius: .2rem }
</style>
<h1>rankpulse</h1>
<p>A real-time leaderboard server: scores are kept in Postgres, ranked in Redis and read over HTTP and Socket.IO.</p>
<p>Running: <code>${escapeHtml(started)}</code>, status <code>${escapeHtml(health.status)}</code>.</p>
<ul>
<li><a href="/docs">The HTTP contract</a> (<a href="/openapi.json">OpenAPI</a>) and
<a href="/asyncapi.json">the Socket.IO events</a> (AsyncAPI)</li>
<li><a href="/v1/leaderboards">Leaderboards</a></li>
<li><a href="/health">Health</a> and <a href="/metrics">metrics</a></li>
</ul>
</html>
`)
}

/** The page at `/docs`: Swagger UI over `/openapi.json`, with nothing from other hosts. */
export function docsPage(): HttpResponse {
  return html(`<!doctype html>
<html lang="en">
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>rankpulse: HTTP contract</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<div id="docs"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</html>
`)
}

const startScript =
  "SwaggerUIBundle({ url: '/openapi.json', dom_id: '#docs', deepLinking: true, validatorUrl: null })\n"

interface Asset {
  type: string
  tag: string
  body: Buffer
}
const assets = new Map<string, Promise<Asset>>()

/** A part of the docs page, read once from the installed swagger-ui-dist. Throws NOT_FOUND. */
export async function docsFile(name: string, headers: RequestHeaders): Promise<HttpResponse> {
  const load = {
    'swagger-ui.css': 'text/css',
    'swagger-ui-bundle.js': 'text/javascript',
    'start.js': 'text/javascript',
  }
  if (!Object.hasOwn(load, name)) throw new AppError('NOT_FOUND', 'there is no such file')
  let asset = assets.get(name)
  if (asset === undefined) {
    asset = readAsset(name, load[name as keyof typeof load])
    assets.set(name, asset)
  }
  const { type, tag, body } = await asset
  const common = { etag: tag, 'cache-control': 'public, max-age=3600', 'x-content-type-options': 'nosniff' }
  if (headers.ifNoneMatch === tag) return { status: 304, headers: common, body: '' }
  return { status: 200, headers: { ...common, 'content-type': `${type}; charset=utf-8` }, body }
}

async function readAsset(name: string, type: string): Promise<Asset> {
  const folder = path.dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
  const body = name === 'start.js' ? Buffer.from(startScript) : await readFile(path.join(folder, name))
  return { type, tag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`, body }
}

function html(body: string): HttpResponse {
  return { status: 200, headers: { 'content-type': 'text/html; charset=utf-8', ...securityHeaders }, body }
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
