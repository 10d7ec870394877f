import { mkdir, writeFile } from 'node:fs/promises'
import type { Bundle } from '../http/built-files.ts'
import { bundleSdk } from '../http/sdk-bundle.ts'
import { bundleWeb } from '../http/web-bundle.ts'
import { packageFile } from '../installation.ts'

// The part of `npm run build` that makes what browsers get from the built server: the spectator page in dist/web, the
// client SDK in dist/sdk.

await write('web', await bundleWeb())
await write('sdk', await bundleSdk())

async function write(name: string, bundle: Bundle): Promise<void> {
  const folder = packageFile(`dist/${name}/`)
  await mkdir(folder, { recursive: true })
  for (const [file, body] of bundle) await writeFile(new URL(file, folder), body)
}
