import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { RawConfig } from '../config.ts'
import { fromSources, packageFile } from '../installation.ts'
import { type LeashedServer, startLeashed, tailOf } from './leash.ts'
import { serverUrl } from '../server-url.ts'
import { freePort } from './server-process.ts'

// This file runs from src through tsx, which Node looks for from its working directory, or from dist.
const root = fileURLToPath(packageFile(''))
const main = fileURLToPath(packageFile(fromSources ? 'src/main.ts' : 'dist/main.js'))
const startMs = 30_000

/** More server processes over the same Postgres and Redis. */
export interface MoreNodes {
  urls: string[]
  stop(): Promise<void>
}

/**
 * Starts `count` more servers, each on a free port of its own: unlike a shared port that works on both engines, and one of
 * them can be stopped or watched by itself. They end with this process, however it ends. Rejects when one does not get
 * ready within 30 s.
 */
export async function startMoreNodes(count: number, raw: RawConfig, dataDir: string): Promise<MoreNodes> {
  const nodes: LeashedServer[] = []
  const stop = async () => void (await Promise.all(nodes.map((node) => node.stop())))
  try {
    const urls: string[] = []
    for (let index = 2; index < count + 2; index++) {
      const port = await freePort()
      const logFile = join(dataDir, `node-${index}.log`)
      const node = await startLeashed({
        command: process.execPath,
        args: [...process.execArgv, main, 'serve'],
        stopSignal: 'TERM',
        logFile,
        cwd: root,
        account: null,
        env: { ...raw, PORT: String(port), LOG_PRETTY: 'false' },
      })
      nodes.push(node)
      const url = serverUrl(raw.HOST, port)
      await untilReady(url, node, logFile)
      urls.push(url)
    }
    return { urls, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function untilReady(url: string, node: LeashedServer, logFile: string): Promise<void> {
  const deadline = Date.now() + startMs
  while (Date.now() < deadline && !node.hasExited()) {
    const ready = await fetch(`${url}/health/ready`).then(
      (answer) => answer.ok,
      () => false,
    )
    if (ready) return
    await sleep(100)
  }
  throw new Error(`another node did not get ready at ${url}:\n${tailOf(logFile)}`)
}
