import { randomBytes } from 'node:crypto'
import postgres from 'postgres'

export const templateName = 'rankpulse_template'

/** The same server, another database. */
export function databaseUrl(serverUrl: string, name: string): string {
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return url.href
}

/** A fresh clone of the migrated template. */
export async function cloneDatabase(serverUrl: string): Promise<{ url: string; drop(): Promise<void> }> {
  const name = `test_${randomBytes(6).toString('hex')}`
  const run = async (statement: string) => {
    const admin = postgres(serverUrl, { max: 1, onnotice: () => {} })
    try {
      await admin.unsafe(statement)
    } finally {
      await admin.end({ timeout: 5 })
    }
  }
  // Postgres refuses to clone a template that somebody else is cloning; the other is done in a moment.
  for (let attempt = 1; ; attempt++) {
    try {
      await run(`create database ${name} template ${templateName}`)
      break
    } catch (error) {
      if (attempt === 50) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
  return { url: databaseUrl(serverUrl, name), drop: () => run(`drop database if exists ${name} with (force)`) }
}
