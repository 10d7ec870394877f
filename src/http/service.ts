import type { Access } from '../contract/routes/route.ts'
import type { Actions } from '../actions/actions.ts'
import type { Health } from '../actions/health.ts'
import type { Caller } from '../actions/request.ts'
import { parseInput } from '../actions/parse-input.ts'
import { roleSuffices, spectator, type Session } from '../contract/roles.ts'
import { defaultBodyLimit, noFields, type Route } from '../contract/routes/route.ts'
import { routes, type RouteName } from '../contract/routes.ts'
import { AppError, toAppError } from '../errors.ts'
import type { Log } from '../log.ts'
import { httpRequestSeconds, type Observe } from '../metrics.ts'
import { allowOrigin, preflight, type AllowedOrigins } from './cors.ts'
import { apiHandlers } from './handlers.ts'
import type { Input, LimitSubmits } from './handlers/handler.ts'
import { checkContentType, parseJsonObject, queryOf, refuseIdempotencyKey } from './input.ts'
import type { HttpRequest, HttpResponse } from './message.ts'
import { openHandlers } from './handlers/open.ts'
import { problemResponse } from './problem.ts'
import { buildRouter, type Params } from './router.ts'

export interface HttpOptions {
  actions: Actions
  /** Rejects with UNAUTHENTICATED; `undefined` is a spectator, if those are allowed. */
  authenticate: (token: string | undefined) => Promise<Session>
  limitSubmits: LimitSubmits
  health: () => Promise<Health>
  allowedOrigins: AllowedOrigins
  allowSpectators: boolean
  transport: 'uws' | 'node'
  log: Log
}

export interface HttpService {
  /** Returns a request; never rejects. */
  handle(request: HttpRequest): Promise<HttpResponse>
  /** Requests that wait for their answer. */
  pending(): number
}

type AnyHandler = (input: Input<unknown>) => Promise<HttpResponse>
interface Endpoint {
  route: Route
  handler: AnyHandler
  observers: Map<number, Observe>
}

/** The HTTP edge behind either engine: finds the route, reads and checks the input, authorises, calls the handler. */
export function createHttpService(options: HttpOptions): HttpService {
  const router = buildRouter(routes)
  const handlers = {
    ...openHandlers(options.health, options.transport),
    ...apiHandlers(options.actions, options.limitSubmits),
  }
  const endpoints = new Map<RouteName, Endpoint>(
    Object.entries<Route>(routes).map(([name, route]) => [
      name as RouteName,
      { route, handler: handlers[name as RouteName], observers: new Map() },
    ]),
  )
  const observeUnknown = httpRequestSeconds({ route: 'unknown', status: '404' })
  let pending = 0

  async function handle(request: HttpRequest): Promise<HttpResponse> {
    const start = performance.now()
    pending++
    let endpoint: Endpoint | undefined
    let response: HttpResponse
    try {
      const match = router.find(request.method, request.path)
      if (match === 'bad-url') throw new AppError('VALIDATION', 'the path has a malformed percent encoding')
      if (match === null) response = noRoute(request)
      else {
        endpoint = endpoints.get(match.name)!
        response = await call(endpoint, match.params, request)
      }
    } catch (error) {
      const appError = toAppError(error)
      if (appError.code === 'INTERNAL') options.log.error({ err: appError.cause ?? appError }, 'request failed')
      response = problemResponse(appError)
    }
    pending--
    const { origin } = request.headers
    // What caches keep may be wanted by a page of another origin later.
    if (origin !== undefined || response.headers['cache-control'] !== undefined)
      allowOrigin(origin, options.allowedOrigins, response)
    observerOf(endpoint, response.status)((performance.now() - start) / 1000)
    return response
  }

  function noRoute(request: HttpRequest): HttpResponse {
    const methods = router.methodsOf(request.path)
    if (request.method === 'OPTIONS' && methods.length > 0) return preflight(request, methods, options.allowedOrigins)
    const known = methods.length > 0
    const response = problemResponse(
      new AppError('NOT_FOUND', known ? `this path answers to ${methods.join(', ')}` : 'there is no such path'),
    )
    if (known) response.headers.allow = [...methods, 'OPTIONS'].join(', ')
    return response
  }

  async function call({ route, handler }: Endpoint, params: Params, request: HttpRequest): Promise<HttpResponse> {
    // The body has to be asked for in this turn; when the request fails before the body is there, no code waits for it.
    const isSent = route.body !== undefined || request.hasBody
    const body = isSent ? request.readBody(route.bodyLimit ?? defaultBodyLimit) : undefined
    body?.catch(() => undefined)
    const { authorization, contentType, idempotencyKey } = request.headers
    const caller = route.access === 'always' ? spectator : await authorise(route.access, authorization)
    const optional = route.body === undefined || route.bodyOptional
    if (isSent && !(optional && contentType === undefined)) checkContentType(contentType)
    if (idempotencyKey !== undefined && !route.idempotencyKey) refuseIdempotencyKey(route)
    const input = {
      caller,
      params: route.params === undefined ? undefined : parseInput(route.params, params),
      query: queryOf(route, request.query),
      body: body === undefined ? undefined : parseInput(route.body ?? noFields, parseJsonObject(await body, optional)),
      headers: request.headers,
    }
    return await handler(input as Input<unknown>)
  }

  async function authorise(access: Exclude<Access, 'always'>, header?: string): Promise<Caller> {
    if (header === undefined && access === 'spectator' && options.allowSpectators) return spectator
    const session = await options.authenticate(header === undefined ? undefined : bearerToken(header))
    if (access === 'spectator' || roleSuffices(session.role, access)) return session
    if (session.role === null) throw new AppError('UNAUTHENTICATED', `this needs a token with the role ${access}`)
    throw new AppError('FORBIDDEN', `this needs the role ${access}, the token has ${session.role}`)
  }

  function observerOf(endpoint: Endpoint | undefined, status: number): Observe {
    if (endpoint === undefined) return observeUnknown
    let observe = endpoint.observers.get(status)
    if (observe === undefined) {
      observe = httpRequestSeconds({ route: endpoint.route.path, status: String(status) })
      endpoint.observers.set(status, observe)
    }
    return observe
  }

  return { handle, pending: () => pending }
}

function bearerToken(header: string): string {
  const token = /^Bearer +([^\s]+) *$/i.exec(header)?.[1]
  if (token === undefined) throw new AppError('UNAUTHENTICATED', 'the Authorization header must be "Bearer <token>"')
  return token
}
