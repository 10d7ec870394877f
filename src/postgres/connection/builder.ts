import { PgDatabase, PgDialect } from 'drizzle-orm/pg-core'
import { PgRemoteSession, type PgRemoteQueryResultHKT, type RemoteCallback } from 'drizzle-orm/pg-proxy'
import type { Tagged } from './client.ts'

const dialect = new PgDialect()

/** Hands errors on as Postgres sent them: Drizzle puts the statement and its values, such as names of persons, into a message. */
class Session extends PgRemoteSession<Record<string, never>, Record<string, never>> {
  override prepareQuery(...args: Parameters<PgRemoteSession<never, never>['prepareQuery']>) {
    const prepared = super.prepareQuery(...args)
    return Object.assign(prepared, { queryWithCache: (_text: string, _values: unknown, run: () => unknown) => run() })
  }
}

/**
 * Drizzle's query builder on a client or transaction of ours: rows come typed as the schema declares them. Drizzle's own driver
 * for postgres.js replaces the serializers of its client, which the tagged statements beside it need. A value of a jsonb column
 * has to be written as `sql` with `::text::jsonb`, or postgres.js encodes it twice.
 */
export function builderOn(sql: Tagged): PgDatabase<PgRemoteQueryResultHKT> {
  const run: RemoteCallback = async (text, values) => {
    const rows = await sql.unsafe(text, values as never[], { prepare: true }).values()
    return { rows: [...rows] }
  }
  return new PgDatabase(dialect, new Session(run, dialect, undefined), undefined)
}
