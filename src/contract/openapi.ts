import type { z } from 'zod'
import { errorCodes, problemSchema, type ErrorCode } from './errors.ts'
import { toJsonSchema, type JsonSchema } from './json-schema.ts'
import type { Route } from './routes/route.ts'
import { routes } from './routes.ts'
import { externalId } from './values.ts'

type Shared = Record<string, JsonSchema>

/** The OpenAPI 3.1 document of every route in the table. */
export function openApiDocument(version: string): JsonSchema {
  const schemas: Shared = {}
  const paths: Record<string, Record<string, unknown>> = {}
  for (const [id, route] of Object.entries<Route>(routes)) {
    const path = (paths[route.path.replaceAll(/:(\w+)/g, '{$1}')] ??= {})
    path[route.method.toLowerCase()] = operation(id, route, schemas)
  }
  const problem = { 'application/problem+json': { schema: toJsonSchema(problemSchema, 'output', schemas) } }
  return {
    openapi: '3.1.0',
    info: {
      title: 'rankpulse',
      version,
      description:
        'Real-time leaderboards. Live updates come over Socket.IO: see /asyncapi.json. Fields and query parameters that ' +
        'are not named here are refused with VALIDATION; answers may get more fields.',
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas,
      responses: Object.fromEntries(
        Object.entries(problemsByStatus()).map(([status, codes]) => [
          `Problem${status}`,
          {
            description: codes.map((code) => `${code}: ${errorCodes[code].title}`).join('; '),
            content: problem,
            ...(codes.some((code) => errorCodes[code].retryable) ? { headers: retryAfter } : {}),
          },
        ]),
      ),
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    },
  }
}

const retryAfter = { 'Retry-After': { description: 'seconds', schema: { type: 'integer' } } }

function operation(id: string, route: Route, schemas: Shared): JsonSchema {
  return {
    operationId: id,
    summary: route.summary,
    description: `Role: ${route.access === 'always' ? 'none' : route.access}.`,
    parameters: [
      ...parameters('path', route.params, schemas),
      ...parameters('query', route.query, schemas),
      ...(route.idempotencyKey ? [idempotencyKey(schemas)] : []),
    ],
    ...security(route),
    ...(route.body === undefined
      ? {}
      : {
          requestBody: {
            required: !route.bodyOptional,
            content: { 'application/json': { schema: toJsonSchema(route.body, 'input', schemas) } },
          },
        }),
    responses: { ...replies(route, schemas), ...problems(route) },
  }
}

function security({ access }: Route): JsonSchema {
  if (access === 'always') return { security: [] }
  return { security: access === 'spectator' ? [{}, { bearer: [] }] : [{ bearer: [] }] }
}

// Query values arrive as text: the parsed form says what they mean, the input form which of them may be left out.
function parameters(where: 'path' | 'query', schema: z.ZodObject | undefined, schemas: Shared): JsonSchema[] {
  if (schema === undefined) return []
  const { properties } = toJsonSchema(schema, 'output', schemas)
  const { required = [] } = toJsonSchema(schema, 'input', schemas) as { required?: string[] }
  return Object.entries(properties as Record<string, JsonSchema>).map(([name, { description, ...property }]) => ({
    name,
    in: where,
    required: required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema: property,
  }))
}

function idempotencyKey(schemas: Shared): JsonSchema {
  const description = 'serves as submissionId'
  return { name: 'Idempotency-Key', in: 'header', description, schema: toJsonSchema(externalId, 'input', schemas) }
}

function replies(route: Route, schemas: Shared): JsonSchema {
  const entries = Object.entries(route.replies).map(([status, reply]) => {
    const description =
      { 200: 'OK', 201: 'Created', 204: 'No content', 302: 'Found', 503: 'Not ready' }[status] ?? 'Response'
    if (reply === null) return [status, { description }]
    const content =
      typeof reply === 'string'
        ? { [reply]: {} }
        : { 'application/json': { schema: toJsonSchema(reply, 'output', schemas) } }
    return [status, { description, content }]
  })
  return Object.fromEntries(entries) as JsonSchema
}

function problems(route: Route): JsonSchema {
  // The pages and probes fail at nothing but a body, and at a part that is not there.
  const ofOpen = ['400', '413', ...(route.params === undefined ? [] : ['404'])]
  const statuses = route.access === 'always' ? ofOpen : Object.keys(problemsByStatus())
  return Object.fromEntries(statuses.map((status) => [status, { $ref: `#/components/responses/Problem${status}` }]))
}

function problemsByStatus(): Record<string, ErrorCode[]> {
  const byStatus: Record<string, ErrorCode[]> = {}
  for (const code of Object.keys(errorCodes) as ErrorCode[]) (byStatus[errorCodes[code].status] ??= []).push(code)
  return byStatus
}
