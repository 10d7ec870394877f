import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The name and content of each file of the spectator page; `index.html` names the others. */
export type WebBundle = Map<string, Buffer>

const folder = new URL('../web/', import.meta.url)
const entries = ['main.ts', 'styles.css', 'icon.svg']

/**
 * Bundles `src/web` with esbuild, every file but `index.html` named after its content. For development and for the build:
 * esbuild is not there in production.
 */
export async function bundleWeb(): Promise<WebBundle> {
  const { build, stop } = await import('esbuild')
  try {
    const { outputFiles } = await build({
      entryPoints: entries.map((name) => fileURLToPath(new URL(name, folder))),
      entryNames: '[name]-[hash]',
      outdir: 'out',
      write: false,
      bundle: true,
      minify: true,
      format: 'esm',
      target: 'es2022',
      loader: { '.svg': 'copy' },
      legalComments: 'none',
      logLevel: 'silent',
    })
    const files: WebBundle = new Map(outputFiles.map(({ path, contents }) => [basename(path), Buffer.from(contents)]))
    const html = await readFile(new URL('index.html', folder), 'utf8')
    return files.set('index.html', Buffer.from(withHashes(html, [...files.keys()])))
  } finally {
    await stop()
  }
}

// `/assets/main.js` becomes `/assets/main-QWERTY12.js`.
function withHashes(html: string, names: string[]): string {
  return html.replaceAll(/\/assets\/([\w-]+)\.(\w+)/g, (plain, stem: string, extension: string) => {
    const name = names.find((one) => one.startsWith(`${stem}-`) && one.endsWith(`.${extension}`))
    if (name === undefined) throw new Error(`index.html names ${plain}, which is not built`)
    return `/assets/${name}`
  })
}
