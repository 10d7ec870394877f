import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { expect, inject, test } from 'vitest'
import { run, runWell } from '../helpers/run.ts'

const tsc = fileURLToPath(new URL('../../node_modules/.bin/tsc', import.meta.url))

const project = inject('project')

test('Node imports the client', async () => {
  await writeFile(
    join(project, 'use.js'),
    `import { createClient, RankpulseError } from 'rankpulse/client'
     const client = createClient('http://127.0.0.1:1')
     client.submit({ leaderboard: 'arena', score: 1 }).catch((error) =>
       console.log(error instanceof RankpulseError, error.code))
     client.close()`,
  )
  expect(await runWell(process.execPath, ['use.js'], project)).toBe('true CLOSED\n')
})

test('a bundler makes a page of it, with the socket and the rules and nothing of the server', async () => {
  await writeFile(
    join(project, 'page.js'),
    `import { createClient } from 'rankpulse/client'
     createClient(location.origin).joinStandings({ leaderboard: 'arena' }, (view) => console.log(view.rows))`,
  )
  const { warnings, metafile } = await build({
    absWorkingDir: project,
    entryPoints: ['page.js'],
    bundle: true,
    write: false,
    metafile: true,
    logLevel: 'silent',
  })
  expect(warnings).toEqual([])
  const inputs = Object.keys(metafile.inputs)
  const packages = new Set(inputs.flatMap((name) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(name)?.[1] ?? []))
  expect(packages).toContain('socket.io-client')
  expect([...packages].filter((name) => /^(zod|node:|pino|postgres|ioredis|socket\.io$)/.test(name))).toEqual([])
  const own = inputs.flatMap((name) => /node_modules\/rankpulse\/(.*)/.exec(name)?.[1] ?? [])
  expect(own).toContain('dist/client/index.js')
  expect(own.filter((name) => !/^dist\/(client|ranking)\//.test(name))).toEqual([])
})

const program = `
import { createClient, RankpulseError, type Receipt, type StandingsView } from 'rankpulse/client'

const client = createClient('https://scores.example', { token: async () => 'token', deadlineMs: 1000 })
export const names = (view: StandingsView): string[] => view.rows.map((row) => row.displayName.toUpperCase())
export const joined = client.joinStandings({ leaderboard: 'arena', standings: 'WEEKLY' }, (view) => names(view))
export const receipt: Promise<Receipt> = client.submit({ leaderboard: 'arena', score: 4200 })
export const rank = receipt.then(({ standings }): number | null => standings[0]?.rank ?? null)
export const refused = (error: unknown) => error instanceof RankpulseError && error.code === 'NOT_FOUND'
// @ts-expect-error a score is a number
void client.submit({ leaderboard: 'arena', score: '4200' })
// @ts-expect-error there is no such code
export const wrong = (error: RankpulseError) => error.code === 'NO_SUCH_CODE'
`

test.each(['nodenext', 'bundler'])('TypeScript knows its types with moduleResolution %s', async (moduleResolution) => {
  const folder = join(project, moduleResolution)
  await mkdir(folder)
  await writeFile(join(folder, 'program.ts'), program)
  const compilerOptions = {
    module: moduleResolution === 'nodenext' ? 'nodenext' : 'esnext',
    moduleResolution,
    target: 'es2022',
    lib: ['es2022', 'dom'],
    types: [],
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    noEmit: true,
  }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['program.ts'] }))
  expect(await run(tsc, ['-p', folder], project)).toEqual({ code: 0, stdout: '', stderr: '' })
})
