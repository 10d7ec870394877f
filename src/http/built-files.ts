import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { AppError } from '../errors.ts'
import { fromSources } from '../installation.ts'
import type { HttpResponse, RequestHeaders } from './message.ts'

/** The name and content of each file that was bundled. */
export type Bundle = Map<string, Buffer>

/** Files that are named after their content. */
export const immutable = { 'cache-control': 'public, max-age=31536000, immutable' }

const types: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

interface BuiltFile {
  type: string
  tag: string
  body: Buffer
}

export interface BuiltFiles {
  /** The answer with a file and headers of its own, or 304. Throws NOT_FOUND. */
  respond(name: string, headers: RequestHeaders, own: Record<string, string>): Promise<HttpResponse>
  names(): Promise<string[]>
}

/**
 * Files that `npm run build` writes to a folder of `dist`, read once; after a failure the next request tries again. Run
 * from its sources the server has nothing built: it bundles in memory. `complete` adds what only the running server knows.
 */
export function builtFiles(
  folder: 'web' | 'sdk',
  bundle: () => Promise<Bundle>,
  complete = (_name: string, body: Buffer) => body,
): BuiltFiles {
  let loading: Promise<Map<string, BuiltFile>> | undefined

  function load(): Promise<Map<string, BuiltFile>> {
    loading ??= (fromSources ? bundle() : readFolder(new URL(`../${folder}/`, import.meta.url))).then(
      (files) => new Map([...files].map(([name, body]) => [name, toFile(name, complete(name, body))])),
      (error: unknown) => {
        loading = undefined
        throw error
      },
    )
    return loading
  }

  return {
    names: async () => [...(await load()).keys()],
    async respond(name, { ifNoneMatch }, own) {
      const file = (await load()).get(name)
      if (file === undefined) throw new AppError('NOT_FOUND', 'there is no such file')
      const common = { ...own, etag: file.tag, 'x-content-type-options': 'nosniff' }
      if (ifNoneMatch === file.tag) return { status: 304, headers: common, body: '' }
      return { status: 200, headers: { ...common, 'content-type': file.type }, body: file.body }
    },
  }
}

async function readFolder(folder: URL): Promise<Bundle> {
  const names = (await readdir(folder)).filter((name) => path.extname(name) in types)
  return new Map(
    await Promise.all(
      names.map(async (name): Promise<[string, Buffer]> => [name, await readFile(new URL(name, folder))]),
    ),
  )
}

function toFile(name: string, body: Buffer): BuiltFile {
  const tag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`
  return { type: types[path.extname(name)] ?? 'application/octet-stream', tag, body }
}
