import { existsSync, readFileSync } from 'node:fs'
import { defineConfig } from 'drizzle-kit'

if (existsSync('.env')) process.loadEnvFile('.env')

// DATABASE_URL or, without it, the database that quickstart runs.
const state = '.data/quickstart.json'
const url =
  process.env.DATABASE_URL ||
  (existsSync(state) ? (JSON.parse(readFileSync(state, 'utf8')) as { databaseUrl: string }).databaseUrl : undefined)

export default defineConfig({
  dialect: 'postgresql',
  schema: './src/postgres/schema/index.ts',
  out: './drizzle',
  ...(url ? { dbCredentials: { url } } : {}),
})
