import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import type { TestProject } from 'vitest/node'
import { installMissing } from '../../src/embedded/install.ts'
import { startPostgres } from '../../src/embedded/postgres.ts'
import { createLog } from '../../src/log.ts'
import { migrateDatabase } from '../../src/postgres/connection/migrate.ts'
import { databaseUrl, templateName } from './database.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    postgresUrl: string
  }
}

/** One Postgres server for the run, with a migrated template that each stack clones. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  installMissing(['postgres', 'redis'], (line) => process.stderr.write(`${line}\n`))
  const folder = await mkdtemp(join(tmpdir(), 'rankpulse-postgres-'))
  const server = await startPostgres({ dataDir: join(folder, 'data') })
  const admin = postgres(server.url, { max: 1, onnotice: () => {} })
  await admin.unsafe(`create database ${templateName}`)
  await admin.end({ timeout: 5 })
  await migrateDatabase(databaseUrl(server.url, templateName), createLog({ level: 'warn', pretty: false }))
  project.provide('postgresUrl', server.url)
  return async () => {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
}
