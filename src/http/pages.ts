import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { AppError } from '../errors.ts'
import type { HttpResponse, RequestHeaders } from './message.ts'

const securityHeaders = {
  'content-security-policy':
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
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
