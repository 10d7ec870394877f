import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { chromium, type BrowserContext, type BrowserContextOptions } from 'playwright-core'
import { isExecutable } from '../../src/embedded/binaries.ts'
import { howToInstallPackages, installPackages } from '../../src/embedded/package-manager.ts'

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']
const folders = [...(process.env['PATH'] ?? '').split(delimiter).filter(Boolean), '/usr/bin', '/opt/homebrew/bin']
const paths = [
  ...folders.flatMap((folder) => names.map((name) => join(folder, name))),
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]
const packages = { apt: ['chromium'], brew: ['--cask', 'chromium'] }
const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Installs Chromium where there is none, when that needs no password; throws with the command for people if it does. */
export function installChromium(): void {
  const say = (line: string) => void process.stderr.write(`${line}\n`)
  if (findChromium() !== null) return
  const done = installPackages(packages, 'chromium missing', say)
  if (done && findChromium() !== null) return
  throw new Error(`chromium missing. Install it yourself: ${howToInstallPackages(packages) ?? names.join(' or ')}`)
}

export interface Browser {
  /** What pages have open together; a context of its own, with nothing kept. */
  context(options?: BrowserContextOptions): Promise<BrowserContext>
  close(): Promise<void>
}

/** A headless Chromium with a profile of its own, which goes with it. */
export async function startChromium(): Promise<Browser> {
  const executablePath = findChromium()
  if (executablePath === null) throw new Error('chromium missing: the setup of the tests installs it')
  const profile = await mkdtemp(join(tmpdir(), 'rankpulse-chromium-'))
  // The profile belongs to the first context; those made below keep nothing at all.
  const first = await chromium.launchPersistentContext(profile, { executablePath, args: flags })
  const browser = first.browser()!
  return {
    context: (options) => browser.newContext(options),
    async close() {
      await first.close()
      await rm(profile, { recursive: true, force: true })
    },
  }
}

function findChromium(): string | null {
  return paths.find(isExecutable) ?? null
}
