import { cp, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestProject } from 'vitest/node'
import { installMissing } from '../../src/embedded/install.ts'
import { runWell } from './run.ts'

export interface Packed {
  /** Path of the tarball. */
  tarball: string
  /** Bytes packed and unpacked. */
  size: number
  unpackedSize: number
  files: { path: string; size: number }[]
}

declare module 'vitest' {
  export interface ProvidedContext {
    packed: Packed
    /** A project of somebody who has installed the tarball and has nothing else. */
    project: string
  }
}

const root = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Packs the package once, with nothing but `npm pack`, in a copy of the repository as a clone has it, and installs the
 * tarball in an empty project.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  installMissing(['postgres', 'redis'], (line) => process.stderr.write(`${line}\n`))
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'rankpulse-package-')))
  const clone = join(folder, 'clone')
  const listed = await runWell('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], root)
  for (const file of listed.split('\0').filter(Boolean)) {
    await mkdir(dirname(join(clone, file)), { recursive: true })
    await cp(join(root, file), join(clone, file), { force: true })
  }
  await symlink(join(root, 'node_modules'), join(clone, 'node_modules'))
  // What people have beside the sources must not get into the package.
  await mkdir(join(clone, '.data'))
  await writeFile(join(clone, '.data/quickstart.json'), '{}')
  await writeFile(join(clone, '.env'), 'AUTH_SECRET=secret\n')

  const output = await runWell('npm', ['pack', '--json', '--pack-destination', folder], clone)
  const [packed] = JSON.parse(output) as [{ filename: string } & Packed]
  const { filename, size, unpackedSize, files } = packed
  project.provide('packed', { tarball: join(folder, filename), size, unpackedSize, files })

  const user = join(folder, 'project')
  await mkdir(user)
  await writeFile(join(user, 'package.json'), '{ "name": "empty", "private": true, "type": "module" }\n')
  await runWell('npm', ['install', join(folder, filename)], user)
  project.provide('project', user)
  return () => rm(folder, { recursive: true, force: true })
}
