import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from './cluster.ts'
import type { Node } from './node.ts'

/** Ends every fault, starts what does not run, and waits until every server says that it is well, for `limitMs`. Returns how long, in ms. */
export async function heal({ nodes }: Cluster, limitMs: number): Promise<number> {
  const from = performance.now()
  for (const node of nodes) {
    node.resume()
    node.setClock(0)
    for (const proxy of Object.values(node.proxies)) mendProxy(proxy)
  }
  await Promise.all(nodes.map(startAnew))
  await Promise.all(nodes.map((node) => isWell(node, from + limitMs)))
  return performance.now() - from
}

function mendProxy(proxy: Node['proxies']['redis']): void {
  proxy.dropReplies(null)
  proxy.delay('up', 0)
  proxy.delay('down', 0)
  proxy.heal()
}

async function startAnew(node: Node): Promise<void> {
  // A start may have been under way while what it needs was not there.
  for (let attempt = 1; ; attempt++) {
    try {
      return await node.start()
    } catch (error) {
      if (attempt === 3) throw error
    }
  }
}

/** Waits for `/health` to say ok with nothing being restored; rejects at `giveUpAt` (performance.now()). */
export async function isWell(node: Node, giveUpAt: number): Promise<void> {
  let last: unknown = 'nothing'
  while (performance.now() < giveUpAt) {
    try {
      const response = await fetch(`${node.url()}/health`, { signal: AbortSignal.timeout(5000) })
      const health = (last = await response.json()) as { status: string; rebuilding: string[] }
      if (health.status === 'ok' && health.rebuilding.length === 0) return
    } catch (error) {
      last = error
    }
    await sleep(50)
  }
  throw new Error(`server ${node.number} does not recover: ${JSON.stringify(last)}`)
}

/** How long until every server is well, as text for people, or that it took longer than `limitMs`. */
export async function wellAgain({ nodes }: Cluster, limitMs: number): Promise<string> {
  const from = performance.now()
  const well = Promise.all(nodes.map((node) => isWell(node, from + limitMs)))
  return well.then(
    () => `${((performance.now() - from) / 1000).toFixed(1)} s`,
    (error: Error) => `more than ${limitMs / 1000} s: ${error.message}`,
  )
}
