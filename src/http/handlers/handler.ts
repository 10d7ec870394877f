import type { z } from 'zod'
import type { Caller } from '../../actions/request.ts'
import type { RouteName, Routes } from '../../contract/routes.ts'
import type { HttpResponse, RequestHeaders } from '../message.ts'

type Parsed<R, Part extends string> = R extends Record<Part, infer S extends z.ZodType> ? z.output<S> : undefined

/** What a handler gets: the caller, whose role suffices, and the parts of the request as the route's schemas have them. */
export interface Input<R> {
  caller: Caller
  params: Parsed<R, 'params'>
  query: Parsed<R, 'query'>
  body: Parsed<R, 'body'>
  headers: RequestHeaders
}

export type Handlers<Names extends RouteName = RouteName> = {
  [Name in Names]: (input: Input<Routes[Name]>) => Promise<HttpResponse>
}

/** Counts `count` submissions of the caller. Rejects with RATE_LIMITED. */
export type LimitSubmits = (caller: Caller, count: number) => Promise<void>
