import { RankpulseError } from '../../../src/client/error.ts'
import type { Link } from '../../../src/client/link.ts'
import { refusal, unsignedToken } from './model-server.ts'

/** How new connections, and the token function, fare. */
export interface Weather {
  handshake: 'open' | 'fail' | 'hang' | 'overloaded' | 'refuse'
  token: 'quick' | 'slow' | 'fail' | 'hang'
  tokenLifeMs: number
}
export const well: Weather = { handshake: 'open', token: 'quick', tokenLifeMs: 3_600_000 }

const handshakeMs = 50
const slowTokenMs = 7000

/** A network in place of sockets, under the clock of the test; it writes down what a client must not do. */
export function simulateNetwork() {
  let weather = well
  let connecting = 0
  let handshakes = 0
  const faults: string[] = []
  const open = new Set<SimulatedLink>()

  function admit(): Link {
    const link: SimulatedLink = {
      openedAt: performance.now(),
      isOpen: () => open.has(link),
      send: () => Promise.reject(new Error('nobody asks')),
      listen: (listener) => void (link.listener = listener),
      retire() {
        if (![...open].some((other) => other !== link && other.openedAt >= link.openedAt))
          faults.push('a connection was given up before the next one was open')
        open.delete(link)
      },
      drop: () => void open.delete(link),
      listener: null,
    }
    open.add(link)
    return link
  }

  return {
    faults,
    links: () => open.size,
    handshakes: () => handshakes,
    become: (next: Weather) => void (weather = next),
    async token(): Promise<string> {
      const { token, tokenLifeMs } = weather
      if (token === 'fail') throw new Error('offline')
      if (token === 'hang') return new Promise(() => {})
      if (token === 'slow') await new Promise((resume) => setTimeout(resume, slowTokenMs))
      return unsignedToken('p', tokenLifeMs)
    },
    /** Stands for `openLink`. */
    openLink(_url: string, _token: string | undefined, signal: AbortSignal): Promise<Link> {
      if (signal.aborted) return Promise.reject(new Error('given up'))
      handshakes++
      if (++connecting > 1) faults.push('two connections were made at once')
      return new Promise<Link>((resolve, reject) => {
        const { handshake } = weather
        signal.addEventListener('abort', () => reject(new Error('given up')))
        if (handshake === 'hang') return
        setTimeout(() => {
          if (signal.aborted) return
          if (handshake === 'open') resolve(admit())
          else if (handshake === 'fail') reject(new Error('no connection'))
          else if (handshake === 'overloaded')
            reject(new RankpulseError(refusal('OVERLOADED', { retryAfterMs: 3000 }).error))
          else reject(new RankpulseError(refusal('UNAUTHENTICATED').error))
        }, handshakeMs)
      }).finally(() => connecting--)
    },
    /** Ends every connection, as a server that dies does. */
    cut() {
      for (const link of open) {
        open.delete(link)
        link.listener?.lost()
      }
    },
    drain: (reconnectInMs: number) =>
      open.forEach(({ listener }) => listener?.message('server:draining', { reconnectInMs })),
  }
}

interface SimulatedLink extends Link {
  listener: Parameters<Link['listen']>[0] | null
}
