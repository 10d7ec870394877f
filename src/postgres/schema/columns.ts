import { customType } from 'drizzle-orm/pg-core'

/** Text that compares by bytes, so that Postgres, Redis and JavaScript sort ids alike. */
export const byteText = customType<{ data: string }>({ dataType: () => 'text COLLATE "C"' })

/** A 64-bit transaction id, for the catch-up watermark. */
export const xid8 = customType<{ data: string }>({ dataType: () => 'xid8' })
