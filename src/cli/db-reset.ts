import postgres from 'postgres'
import { connectBriefly, mastersOf } from '../redis/open.ts'

const patienceMs = 10_000

/** The name of the database that a reset would empty. */
export function databaseName(databaseUrl: string): string {
  return decodeURIComponent(new URL(databaseUrl).pathname.slice(1))
}

/** Drops and makes again the schemas that rankpulse owns. The server, or db:migrate, fills them again. */
export async function resetPostgres(databaseUrl: string): Promise<void> {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => undefined })
  try {
    await sql.begin(async (transaction) => {
      await transaction`drop schema if exists drizzle cascade`
      await transaction`drop schema if exists public cascade`
      await transaction`create schema public`
    })
  } finally {
    await sql.end({ timeout: 5 })
  }
}

/** Removes rankpulse's keys and no others; returns how many. */
export async function resetRedis(redisUrl: string): Promise<number> {
  const redis = await connectBriefly(redisUrl, patienceMs)
  try {
    let removed = 0
    for (const master of mastersOf(redis)) {
      let cursor = '0'
      do {
        const [next, keys] = await master.scan(cursor, 'MATCH', 'rp:*', 'COUNT', 1000)
        cursor = next
        // One by one: in a Cluster the keys of one command have to share a slot.
        await Promise.all(keys.map((key) => master.unlink(key)))
        removed += keys.length
      } while (cursor !== '0')
    }
    return removed
  } finally {
    redis.disconnect()
  }
}
