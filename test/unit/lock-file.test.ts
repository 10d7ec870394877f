import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

interface Entry {
  resolved?: string
  optionalDependencies?: Record<string, string>
}
const lock = readFileSync(`${root}package-lock.json`, 'utf8')
const { packages } = JSON.parse(lock) as { packages: Record<string, Entry> }

/** Where a package of this folder finds another one: in its own node_modules, or in those around it. */
function entryOf(folder: string, name: string): Entry | undefined {
  const found = packages[`${folder === '' ? '' : `${folder}/`}node_modules/${name}`]
  if (found !== undefined || folder === '') return found
  return entryOf(folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/'))), name)
}

test("lists every platform's optional packages", () => {
  const optional = Object.entries(packages).flatMap(([folder, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).map((name) => [folder, name] as const),
  )
  expect(optional.length).toBeGreaterThan(50)
  expect(optional.filter(([folder, name]) => entryOf(folder, name) === undefined)).toEqual([])
})

test('names no registry, and npm as it comes keeps it so', () => {
  expect(Object.values(packages).filter(({ resolved }) => resolved !== undefined)).toEqual([])
  expect(lock).not.toMatch(/https?:\/\/[^"]*\.tgz/)
  const own = Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name))
  const { stdout } = spawnSync(
    'npm',
    ['config', 'get', 'omit-lockfile-registry-resolved', '--userconfig', '/dev/null'],
    { cwd: root, env: Object.fromEntries(own), encoding: 'utf8' },
  )
  expect(stdout.trim()).toBe('true')
})
