import { integer, pick, type Random } from './random.ts'

/** What is broken: faults of the same target follow each other, those of different ones overlap. */
export type Target =
  | `${'server' | 'clock' | 'net redis' | 'net postgres'} ${number}`
  | 'redis'
  | 'postgres'
  | 'data'
  | 'repair'
  | 'recreated'
  | 'guests'
  | 'transaction'

type Service = 'redis' | 'postgres'

/** Keys that are made a string although they are something else: of a list, of its leaderboard, of its live room. */
export const poisonedKeys = [
  'list',
  'versions',
  'meta',
  'tombstones',
  'stagedList',
  'stagedVersions',
  'watermark',
  'view',
] as const

export type Fault =
  | { kind: 'kill server' | 'stop server'; server: number }
  | { kind: 'pause server'; server: number; ms: number }
  | { kind: 'kill redis'; data: 'kept' | 'older' | 'empty'; ms: number }
  | { kind: 'pause redis'; ms: number }
  | { kind: 'kill postgres'; ms: number }
  | { kind: 'blackhole'; of: Service; server: number; how: 'hold' | 'forget'; ms: number }
  | { kind: 'delay'; of: Service; server: number; byMs: number; ms: number }
  | { kind: 'reset' | 'half-close'; of: Service; server: number }
  | { kind: 'drop replies'; of: Service; server: number; ms: number }
  | { kind: 'flushall' | 'script flush' | 'copy redis' | 'lose members' }
  | { kind: 'stalls'; flush: boolean; ms: number }
  | { kind: 'poison'; key: (typeof poisonedKeys)[number] }
  | { kind: 'clock'; server: number; byMs: number; ms: number }
  | { kind: 'open transaction'; where: 'the same' | 'another'; ms: number }
  | { kind: 'rebuild' | 'audit'; server: number; all: boolean }
  | { kind: 'recreate'; server: number; by: number; gapMs: number }
  | { kind: 'close session'; server: number }
  | { kind: 'remove person'; how: 'ban' | 'erase'; server: number; by: number; flush: boolean; ms: number }

export type FaultKind = Fault['kind']

export interface Drawn {
  target: Target
  fault: Fault
}

const longestDelayMs = 400
const [minute, hour, day] = [60_000, 3_600_000, 86_400_000]
const jumps = [2 * minute, 20 * minute, 7 * hour, day, 8 * day]
// A repair that waits for lists needs a moment; a transaction may stay open for minutes in a long run.
const longestGapMs = 1500
const transactionTimes = 5

interface Circumstances {
  random: Random
  server: number
  /** Another server, or the same one where there is one only. */
  other: number
  ms: number
}

/** How a fault of each kind is made. `weight`: how often it comes, where that is not once. */
const makers: Record<FaultKind, { weight?: number; make(of: Circumstances): Drawn }> = {
  'kill server': {
    weight: 2,
    make: ({ server }) => ({ target: `server ${server}`, fault: { kind: 'kill server', server } }),
  },
  'stop server': { make: ({ server }) => ({ target: `server ${server}`, fault: { kind: 'stop server', server } }) },
  'pause server': {
    make: ({ server, ms }) => ({ target: `server ${server}`, fault: { kind: 'pause server', server, ms } }),
  },
  'kill redis': {
    make: ({ random, ms }) => ({
      target: 'redis',
      fault: { kind: 'kill redis', data: pick(random, ['kept', 'older', 'empty']), ms },
    }),
  },
  'pause redis': { make: ({ ms }) => ({ target: 'redis', fault: { kind: 'pause redis', ms } }) },
  'kill postgres': { make: ({ ms }) => ({ target: 'postgres', fault: { kind: 'kill postgres', ms } }) },
  blackhole: {
    weight: 2,
    make: ({ random, server, ms }) =>
      onNetwork(random, server, (of) => ({
        kind: 'blackhole',
        of,
        server,
        how: pick(random, ['hold', 'forget']),
        ms,
      })),
  },
  delay: {
    make: ({ random, server, ms }) =>
      onNetwork(random, server, (of) => ({
        kind: 'delay',
        of,
        server,
        byMs: integer(random, 5, longestDelayMs),
        ms,
      })),
  },
  reset: { make: ({ random, server }) => onNetwork(random, server, (of) => ({ kind: 'reset', of, server })) },
  'half-close': {
    make: ({ random, server }) => onNetwork(random, server, (of) => ({ kind: 'half-close', of, server })),
  },
  'drop replies': {
    weight: 2,
    make: ({ random, server, ms }) => onNetwork(random, server, (of) => ({ kind: 'drop replies', of, server, ms })),
  },
  flushall: { make: () => ({ target: 'data', fault: { kind: 'flushall' } }) },
  'script flush': { make: () => ({ target: 'data', fault: { kind: 'script flush' } }) },
  'copy redis': { make: () => ({ target: 'data', fault: { kind: 'copy redis' } }) },
  'lose members': { make: () => ({ target: 'data', fault: { kind: 'lose members' } }) },
  stalls: {
    make: ({ random, ms }) => ({ target: 'redis', fault: { kind: 'stalls', flush: random() < 0.7, ms: ms + 4000 } }),
  },
  poison: {
    weight: 2,
    make: ({ random }) => ({ target: 'data', fault: { kind: 'poison', key: pick(random, poisonedKeys) } }),
  },
  clock: {
    weight: 2,
    make: ({ random, server, ms }) => ({
      target: `clock ${server}`,
      fault: { kind: 'clock', server, byMs: pick(random, jumps) * (random() < 0.6 ? 1 : -1), ms: ms + 2000 },
    }),
  },
  'open transaction': {
    make: ({ random, ms }) => ({
      target: 'transaction',
      fault: {
        kind: 'open transaction',
        where: pick(random, ['the same', 'another']),
        ms: ms * integer(random, 1, transactionTimes),
      },
    }),
  },
  rebuild: {
    weight: 3,
    make: ({ random, server }) => ({ target: 'repair', fault: { kind: 'rebuild', server, all: random() < 0.5 } }),
  },
  audit: {
    make: ({ random, server }) => ({ target: 'repair', fault: { kind: 'audit', server, all: random() < 0.5 } }),
  },
  recreate: {
    weight: 2,
    make: ({ random, server, other }) => ({
      target: 'recreated',
      fault: { kind: 'recreate', server, by: other, gapMs: integer(random, 0, longestGapMs) },
    }),
  },
  'close session': { make: ({ server }) => ({ target: 'guests', fault: { kind: 'close session', server } }) },
  'remove person': {
    weight: 3,
    make: ({ random, server, other, ms }) => ({
      target: `net redis ${server}`,
      fault: {
        kind: 'remove person',
        how: pick(random, ['ban', 'erase']),
        server,
        by: other,
        flush: random() < 0.6,
        ms: ms + 2000,
      },
    }),
  },
}

/** In the order in which they are listed. */
export const faultKinds = Object.keys(makers) as FaultKind[]

/** One of these kinds for a random server. */
export function drawFault(random: Random, servers: number, ms: number, kinds: readonly FaultKind[]): Drawn {
  const server = integer(random, 0, servers - 1)
  const other = (server + integer(random, 1, Math.max(1, servers - 1))) % servers
  const weighted = kinds.flatMap((kind) => Array.from({ length: makers[kind].weight ?? 1 }, () => kind))
  return makers[pick(random, weighted)].make({ random, server, other, ms })
}

function onNetwork(random: Random, server: number, fault: (of: Service) => Fault): Drawn {
  const of = pick(random, ['redis', 'postgres'] as const)
  return { target: `net ${of} ${server}`, fault: fault(of) }
}

/** One line for people. */
export function describeFault(fault: Fault): string {
  const lasts = 'ms' in fault ? ` for ${(fault.ms / 1000).toFixed(1)} s` : ''
  switch (fault.kind) {
    case 'blackhole':
      return `blackhole (${fault.how}), ${fault.of} of server ${fault.server}${lasts}`
    case 'delay':
      return `delay by ${fault.byMs} ms, ${fault.of} of server ${fault.server}${lasts}`
    case 'reset':
    case 'half-close':
    case 'drop replies':
      return `${fault.kind}, ${fault.of} of server ${fault.server}${lasts}`
    case 'kill redis':
      return `kill redis, data ${fault.data}${lasts}`
    case 'stalls':
      return `${fault.flush ? 'flushall, then ' : ''}Redis stalls 1.3 s every 3 s${lasts}`
    case 'poison':
      return `a wrong type at the ${fault.key} key of a list`
    case 'clock':
      return `the clock of server ${fault.server} jumps ${fault.byMs < 0 ? 'back' : 'ahead'} by ${durationText(Math.abs(fault.byMs))}${lasts}`
    case 'open transaction':
      return `a transaction stays open in ${fault.where} database${lasts}`
    case 'rebuild':
    case 'audit':
      return `${fault.kind} of ${fault.all ? 'everything' : 'a leaderboard'} through server ${fault.server}`
    case 'recreate':
      return `leaderboard deleted through server ${fault.server}, made again through ${fault.by} after ${fault.gapMs} ms`
    case 'close session':
      return `close session through server ${fault.server}`
    case 'remove person':
      return `${fault.how} a player through server ${fault.by} while server ${fault.server}'s apply is held${fault.flush ? ', flushall' : ''}${lasts}`
    case 'kill server':
    case 'stop server':
    case 'pause server':
      return `${fault.kind} ${fault.server}${lasts}`
    case 'pause redis':
    case 'kill postgres':
    case 'flushall':
    case 'lose members':
    case 'copy redis':
    case 'script flush':
      return `${fault.kind}${lasts}`
  }
}

function durationText(ms: number): string {
  if (ms >= day) return `${ms / day} d`
  return ms >= hour ? `${ms / hour} h` : `${ms / minute} min`
}
