import { readFile } from 'node:fs/promises'
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib'

/** The bytes of a data file of the project: `text`, as small as Brotli makes it. */
export function packText(text: string): Buffer {
  return brotliCompressSync(text, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS },
  })
}

/** The text of a packed file. */
export async function readPacked(file: URL): Promise<string> {
  return brotliDecompressSync(await readFile(file)).toString('utf8')
}
