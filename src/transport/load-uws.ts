import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'

export type Uws = typeof import('uWebSockets.js')

/**
 * uWebSockets.js, or the reason why it cannot be used. Its native addon is loaded directly: where that fails, the
 * package would fall back to a JavaScript imitation that does not work with Socket.IO.
 */
export function loadUws(): { uws: Uws } | { reason: string } {
  const require = createRequire(import.meta.url)
  let folder: string
  try {
    folder = path.dirname(require.resolve('uWebSockets.js/package.json'))
  } catch {
    return { reason: 'the package uWebSockets.js is not installed' }
  }
  const name = `uws_${process.platform}_${process.arch}_${process.versions.modules}.node`
  // The build on npm keeps its addons in a folder, the official one does not.
  const file = [path.join(folder, 'binaries', name), path.join(folder, name)].find((candidate) => existsSync(candidate))
  if (file === undefined) return { reason: `uWebSockets.js has no addon for this Node.js (${name})` }
  try {
    return { uws: require(file) as Uws }
  } catch (error) {
    return {
      reason: `the addon of uWebSockets.js does not load: ${error instanceof Error ? error.message : 'unknown'}`,
    }
  }
}
