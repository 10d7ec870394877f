import { readFile } from 'node:fs/promises'
import type { Bundle } from './built-files.ts'
import { bundle } from './bundle.ts'

const folder = new URL('../web/', import.meta.url)
const entries = ['main.ts', 'styles.css', 'icon.svg']

/** Bundles `src/web`, every file but `index.html`, which names them, named after its content. */
export async function bundleWeb(): Promise<Bundle> {
  const files = await bundle(
    entries.map((name) => new URL(name, folder)),
    { entryNames: '[name]-[hash]', loader: { '.svg': 'copy' } },
  )
  const html = await readFile(new URL('index.html', folder), 'utf8')
  return files.set('index.html', Buffer.from(withHashes(html, [...files.keys()])))
}

// `/assets/main.js` becomes `/assets/main-QWERTY12.js`.
function withHashes(html: string, names: string[]): string {
  return html.replaceAll(/\/assets\/([\w-]+)\.(\w+)/g, (plain, stem: string, extension: string) => {
    const name = names.find((one) => one.startsWith(`${stem}-`) && one.endsWith(`.${extension}`))
    if (name === undefined) throw new Error(`index.html names ${plain}, which is not built`)
    return `/assets/${name}`
  })
}
