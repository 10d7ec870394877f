import type { PgTable } from 'drizzle-orm/pg-core'

type Column<Table extends PgTable> = Table['_']['columns'][keyof Table['_']['columns']]
type Stored<Table extends PgTable> = {
  [One in Column<Table> as One['_']['name']]: One['_']['notNull'] extends true
    ? One['_']['data']
    : One['_']['data'] | null
}

/**
 * Columns of a table, by their names in Postgres, as a tagged statement returns them: a column that the schema renames or
 * changes does not compile where it is read. (`RowOf<typeof players, 'id' | 'display_name'>`)
 */
export type RowOf<Table extends PgTable, Name extends keyof Stored<Table>> = Pick<Stored<Table>, Name>
