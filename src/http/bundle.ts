import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BuildOptions } from 'esbuild'
import type { Bundle } from './built-files.ts'

let last: Promise<unknown> = Promise.resolve()

/**
 * Bundles sources for browsers with esbuild, in memory. For development and for the build: esbuild is not there in
 * production.
 */
export function bundle(entries: URL[], options: Pick<BuildOptions, 'entryNames' | 'loader'>): Promise<Bundle> {
  // One after the other: a bundle that is done stops esbuild's process, which is there once.
  const made = last.then(() => run(entries, options))
  last = made.catch(() => undefined)
  return made
}

async function run(entries: URL[], options: BuildOptions): Promise<Bundle> {
  const { build, stop } = await import('esbuild')
  try {
    const { outputFiles } = await build({
      ...options,
      entryPoints: entries.map((entry) => fileURLToPath(entry)),
      outdir: 'out',
      write: false,
      bundle: true,
      minify: true,
      format: 'esm',
      target: 'es2022',
      legalComments: 'none',
      logLevel: 'silent',
    })
    return new Map(outputFiles.map(({ path, contents }) => [basename(path), Buffer.from(contents)]))
  } finally {
    await stop()
  }
}
