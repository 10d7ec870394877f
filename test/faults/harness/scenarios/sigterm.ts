import { setTimeout as sleep } from 'node:timers/promises'
import { openBareSocket, type BareSocket } from '../../../../bench/load/bare-socket.ts'
import { pick } from '../random.ts'
import type { Scenario } from '../scenario.ts'

const openAtOnce = 20
const limitMs = 10_000

export const sigterm: Scenario = {
  name: 'sigterm',
  about: 'SIGTERM under load and with 1,000 sockets open: exit 0 in 10 s, every socket told',
  async run({ cluster, random, long, say, violation, figure }) {
    const [rounds, count] = long ? [3, 1000] : [1, 100]
    for (let round = 1; round <= rounds; round++) {
      const node = pick(random, cluster.nodes)
      let [told, closed] = [0, 0]
      const sockets: BareSocket[] = []
      const open = () =>
        openBareSocket({
          url: node.url()!,
          token: null,
          told: { event: 'server:draining', receive: () => (told += 1) },
          onClose: () => (closed += 1),
        })
      while (sockets.length < count) sockets.push(...(await Promise.all(Array.from({ length: openAtOnce }, open))))
      say(`SIGTERM to server ${node.number}, ${sockets.length} sockets`)
      const { code, ms } = await node.terminate()
      await sleep(500) // the harness reads what the kernel still holds for it
      say(`exit ${code} after ${Math.round(ms)} ms, ${told} sockets told, ${closed} closed`)
      figure(`stop ${round}`, `exit ${code}, ${Math.round(ms)} ms, ${told} of ${sockets.length} told`)
      if (code !== 0) violation(`server ${node.number} ends with ${code}`)
      if (long && ms > limitMs) violation(`server ${node.number} takes ${Math.round(ms)} ms to stop`)
      if (told !== sockets.length || closed !== sockets.length)
        violation(`of ${sockets.length} sockets ${told} were told and ${closed} closed`)
      sockets.forEach((socket) => socket.close())
      await node.start()
      await sleep(2000)
    }
  },
}
