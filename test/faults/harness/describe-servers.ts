import { countsText } from './checker.ts'
import type { Cluster } from './cluster.ts'

/** What every server says of itself, what it warned of, and its connections in Postgres: for a verdict on what hangs. */
export async function describeServers({ nodes, sql }: Cluster): Promise<string[]> {
  const servers = nodes.map(async (node) => {
    const health = await fetch(`${node.url()}/health`, { signal: AbortSignal.timeout(5000) })
      .then((response) => response.text())
      .catch(String)
    const { errors, warnings } = node.takeLog()
    return [`server ${node.number}: ${health}; warned of ${countsText([warnings])}`, ...errors]
  })
  const backends = sql<{ name: string; state: string; wait: string; count: number }[]>`
    select application_name as name, state, coalesce(wait_event, '') as wait, count(*) as count
    from pg_stat_activity where backend_type = 'client backend' group by 1, 2, 3 order by 1, 2, 3`
  const inPostgres = backends.then(
    (rows) => rows.map(({ name, state, wait, count }) => `Postgres: ${count} of ${name}, ${state}, ${wait}`),
    (error: unknown) => [`Postgres: ${String(error)}`],
  )
  return (await Promise.all([...servers, inPostgres])).flat()
}
