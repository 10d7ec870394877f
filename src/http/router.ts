import createRouter from 'find-my-way'
import type { Route } from '../contract/routes/route.ts'
import type { RouteName } from '../contract/routes.ts'

export type Params = Record<string, string | undefined>
export type Match = { name: RouteName; params: Params } | 'bad-url' | null

export interface Router {
  /** The route of a raw path; HEAD finds what GET finds. */
  find(method: string, path: string): Match
  /** The methods a path answers to. */
  methodsOf(path: string): string[]
}

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
type Method = (typeof methods)[number]

/** A router over the table of routes. */
export function buildRouter(routes: Record<RouteName, Route>): Router {
  const badUrl = () => undefined
  // Long parameters are for the schemas to refuse; without a bound here they would be unknown paths.
  const router = createRouter({ maxParamLength: 64 * 1024, onBadUrl: badUrl, querystringParser: () => ({}) })
  for (const [name, { method, path }] of Object.entries(routes)) router.on(method, path, () => undefined, name)
  router.compile()

  function find(method: string, path: string): Match {
    const found = router.find((method === 'HEAD' ? 'GET' : method) as Method, path)
    if (found === null) return null
    // What find-my-way answers for a path it cannot decode has no store.
    if (found.store === null || found.store === undefined) return 'bad-url'
    return { name: found.store as RouteName, params: found.params }
  }

  return {
    find,
    methodsOf(path) {
      const known: string[] = methods.filter((method) => {
        const match = find(method, path)
        return match !== null && match !== 'bad-url'
      })
      return known.includes('GET') ? ['HEAD', ...known] : known
    },
  }
}
