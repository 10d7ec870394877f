import { mkdir, writeFile } from 'node:fs/promises'
import { bundleWeb } from '../http/web-bundle.ts'

// The part of `npm run build` that makes the spectator page: dist/web, which the built server serves.

const folder = new URL('../../dist/web/', import.meta.url)
await mkdir(folder, { recursive: true })
for (const [name, body] of await bundleWeb()) await writeFile(new URL(name, folder), body)
