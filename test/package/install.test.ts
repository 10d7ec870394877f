import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { runWell } from '../helpers/run.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

test('npm install leaves the lock file as it is', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rankpulse-install-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  for (const name of ['package.json', 'package-lock.json', '.npmrc']) await cp(join(root, name), join(folder, name))
  await runWell('npm', ['install'], folder)
  expect(await readFile(join(folder, 'package-lock.json'), 'utf8')).toBe(
    await readFile(join(root, 'package-lock.json'), 'utf8'),
  )
})
