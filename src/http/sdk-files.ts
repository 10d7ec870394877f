import { builtFiles, immutable } from './built-files.ts'
import type { HttpResponse, RequestHeaders } from './message.ts'
import { bundleSdk } from './sdk-bundle.ts'

const files = builtFiles('sdk', bundleSdk)

/** Sends on to the client SDK of this version: pages import an address that stays, and caches keep one that never changes. */
export async function sdkEntry(): Promise<HttpResponse> {
  const [name] = await files.names()
  return { status: 302, headers: { location: `/sdk/${name}`, 'cache-control': 'no-cache' }, body: '' }
}

/** The client SDK as one ES module. Throws NOT_FOUND, for other versions too. */
export function sdkFile(name: string, headers: RequestHeaders): Promise<HttpResponse> {
  return files.respond(name, headers, immutable)
}
