import { z } from 'zod'
import type { Route } from './route.ts'

export const healthSchema = z
  .object({
    status: z.enum(['ok', 'degraded', 'down']),
    transport: z.enum(['uws', 'node']),
    redis: z.enum(['ok', 'catching-up', 'unfit', 'down']),
    postgres: z.enum(['ok', 'down']),
    clock: z.enum(['ok', 'off', 'unknown']).describe('off: this machine and Postgres are more than 2 s apart'),
    clockAheadMs: z.int().nullable().describe('how far this machine is ahead of Postgres; null until it has answered'),
    rebuilding: z.array(z.string()),
    version: z.string(),
  })
  .meta({ id: 'Health' })

const statusSchema = z.object({ status: z.string() })
/** The routes that look at no token: health, metrics, the contract documents and the pages. */
export const openRoutes = {
  spectatorPage: {
    method: 'GET',
    path: '/',
    summary: 'The live spectator page',
    access: 'always',
    replies: { 200: 'text/html' },
  },
  webFile: {
    method: 'GET',
    path: '/assets/:file',
    summary: 'Parts of that page',
    access: 'always',
    params: z.object({ file: z.string().max(64) }),
    replies: { 200: 'application/octet-stream' },
  },
  sdkEntry: {
    method: 'GET',
    path: '/sdk/rankpulse.js',
    summary: 'The client SDK as an ES module for pages without a build step: sends on to the file of this version',
    access: 'always',
    replies: { 302: null },
  },
  sdkFile: {
    method: 'GET',
    path: '/sdk/:file',
    summary: 'The client SDK of one version, named after its content',
    access: 'always',
    params: z.object({ file: z.string().max(64) }),
    replies: { 200: 'text/javascript' },
  },
  live: { method: 'GET', path: '/health/live', summary: 'Liveness', access: 'always', replies: { 200: statusSchema } },
  ready: {
    method: 'GET',
    path: '/health/ready',
    summary: 'Readiness: 503 when this process should get no traffic',
    access: 'always',
    replies: { 200: statusSchema, 503: statusSchema },
  },
  health: {
    method: 'GET',
    path: '/health',
    summary: 'State of this process and of what it needs',
    access: 'always',
    replies: { 200: healthSchema, 503: healthSchema },
  },
  metrics: {
    method: 'GET',
    path: '/metrics',
    summary: 'Prometheus metrics',
    access: 'always',
    replies: { 200: 'text/plain' },
  },
  openapi: {
    method: 'GET',
    path: '/openapi.json',
    summary: 'This document',
    access: 'always',
    replies: { 200: 'application/json' },
  },
  asyncapi: {
    method: 'GET',
    path: '/asyncapi.json',
    summary: 'The Socket.IO events, as AsyncAPI',
    access: 'always',
    replies: { 200: 'application/json' },
  },
  docs: {
    method: 'GET',
    path: '/docs',
    summary: 'A page that shows the contract',
    access: 'always',
    replies: { 200: 'text/html' },
  },
  docsFile: {
    method: 'GET',
    path: '/docs/:file',
    summary: 'Parts of that page',
    access: 'always',
    params: z.object({ file: z.string().max(64) }),
    replies: { 200: 'application/octet-stream' },
  },
} as const satisfies Record<string, Route>
