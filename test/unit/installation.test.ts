import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { howToRun, packageFile } from '../../src/installation.ts'

const src = new URL('../../src/', import.meta.url)
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
const { scripts } = JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as { scripts: Record<string, string> }

test('what people are told to run in a clone is a script of package.json that runs that command', () => {
  const told = files.flatMap((name) =>
    [...readFileSync(new URL(name, src), 'utf8').matchAll(/howToRun\('([\w-]+)'/g)].map((match) => match[1]!),
  )
  expect(new Set(told).size).toBeGreaterThan(4)
  for (const command of new Set(told)) {
    const script = /^npm run (?:-s )?(\S+)$/.exec(howToRun(command))?.[1] ?? ''
    expect([command, scripts[script]]).toEqual([command, `node --import tsx src/main.ts ${command}`])
  }
})

test('arguments come after what npm needs before them', () => {
  expect(howToRun('demo', 'goals', '[options]')).toBe('npm run demo -- goals [options]')
  expect(howToRun('token', '--role admin')).toBe('npm run -s token -- --role admin')
})

test('no message names a script of npm by itself: it would be wrong where the package is installed', () => {
  const own = ['installation.ts', 'cli/db-check.ts'] // the second runs in a clone only
  const found = files
    .filter((name) => !own.includes(name))
    .flatMap((name) =>
      readFileSync(new URL(name, src), 'utf8')
        .split('\n')
        .filter((line) => /npm (run|start|test)\b/.test(line) && !/^\s*(\/\/|\*|\/\*\*)/.test(line))
        .map((line) => `${name}: ${line.trim()}`),
    )
  expect(found).toEqual([])
})
