import type { Health } from '../../actions/health.ts'
import { asyncApiDocument } from '../../contract/asyncapi.ts'
import { openApiDocument } from '../../contract/openapi.ts'
import { registry } from '../../metrics.ts'
import type { Handlers } from './handler.ts'
import { json, type HttpResponse } from '../message.ts'
import { docsFile, docsPage } from '../pages.ts'
import { sdkEntry, sdkFile } from '../sdk-files.ts'
import { spectatorPage, webFile } from '../web-files.ts'

/** The handlers that look at no token: health, metrics, the contract documents and the pages. */
export function openHandlers(health: () => Promise<Health>, transport: 'uws' | 'node') {
  let openapi: string | undefined
  let asyncapi: string | undefined

  return {
    spectatorPage: ({ headers }) => spectatorPage(headers),
    webFile: async ({ params, headers }) => webFile(params.file, headers),
    sdkEntry: () => sdkEntry(),
    sdkFile: async ({ params, headers }) => sdkFile(params.file, headers),
    live: async () => json(200, { status: 'ok' }),
    ready: async () => {
      const { ready, status } = await health()
      return json(ready ? 200 : 503, { status: ready ? status : 'not ready' })
    },
    health: async () => {
      const { ready: _, ...shown } = await health()
      return json(shown.status === 'down' ? 503 : 200, { transport, ...shown })
    },
    metrics: async () => ({
      status: 200,
      headers: { 'content-type': registry.contentType },
      body: await registry.metrics(),
    }),
    openapi: async () => document((openapi ??= JSON.stringify(openApiDocument((await health()).version)))),
    asyncapi: async () => document((asyncapi ??= JSON.stringify(asyncApiDocument((await health()).version)))),
    docs: async () => docsPage(),
    docsFile: ({ params, headers }) => docsFile(params.file, headers),
  } satisfies Partial<Handlers>
}

function document(body: string): HttpResponse {
  return { status: 200, headers: { 'content-type': 'application/json' }, body }
}
