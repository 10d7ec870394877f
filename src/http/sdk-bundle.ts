import { version } from '../installation.ts'
import type { Bundle } from './built-files.ts'
import { bundle } from './bundle.ts'

/** Bundles `src/client` into one ES module, named after version and content. */
export function bundleSdk(): Promise<Bundle> {
  const entry = new URL('../client/index.ts', import.meta.url)
  return bundle([entry], { entryNames: `rankpulse-${version}-[hash]` })
}
