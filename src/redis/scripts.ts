import { readFileSync } from 'node:fs'
import type { Result } from 'ioredis'
import type { RedisClient } from './open.ts'

const scripts = {
  rpApply: 'apply',
  rpPage: 'page',
  rpPlaces: 'places',
  rpAround: 'around',
  rpCount: 'count',
  rpCompare: 'compare',
  rpRebuild: 'rebuild',
  rpLoad: 'load',
  rpInspect: 'inspect',
  rpScan: 'scan',
  rpMend: 'mend',
  rpStart: 'start',
  rpAdvance: 'advance',
  rpTop: 'top',
  rpTotals: 'totals',
  rpLiveTake: 'live-take',
  rpLivePublish: 'live-publish',
  rpLiveRenew: 'live-renew',
  rpLiveRead: 'live-read',
  rpLiveHeads: 'live-heads',
} as const

type Arg = string | number
/** A script reply: bulk strings, integers, and lists of them. */
export type Reply = (string | number)[]

declare module 'ioredis' {
  interface RedisCommander<Context> {
    rpApply(keyCount: number, ...args: Arg[]): Result<Reply[], Context>
    rpPage(keyCount: number, ...args: Arg[]): Result<Reply, Context>
    rpPlaces(keyCount: number, ...args: Arg[]): Result<Reply, Context>
    rpAround(keyCount: number, ...args: Arg[]): Result<Reply, Context>
    rpCount(keyCount: number, ...args: Arg[]): Result<Reply, Context>
    rpCompare(keyCount: number, ...args: Arg[]): Result<string[], Context>
    rpRebuild(keyCount: number, ...args: Arg[]): Result<string[], Context>
    rpLoad(keyCount: number, ...args: Arg[]): Result<string[], Context>
    rpInspect(keyCount: number, ...args: Arg[]): Result<string[], Context>
    rpScan(keyCount: number, ...args: Arg[]): Result<string[], Context>
    rpMend(keyCount: number, ...args: Arg[]): Result<Reply, Context>
    rpStart(keyCount: number, ...args: Arg[]): Result<number, Context>
    rpAdvance(keyCount: number, ...args: Arg[]): Result<number, Context>
    rpTop(keyCount: number, ...args: Arg[]): Result<Reply[], Context>
    rpTotals(keyCount: number, ...args: Arg[]): Result<number[], Context>
    rpLiveTake(keyCount: number, ...args: Arg[]): Result<string, Context>
    rpLivePublish(keyCount: number, ...args: Arg[]): Result<number, Context>
    rpLiveRenew(keyCount: number, ...args: Arg[]): Result<number, Context>
    rpLiveRead(keyCount: number, ...args: Arg[]): Result<Reply, Context>
    rpLiveHeads(keyCount: number, ...args: Arg[]): Result<Reply[], Context>
  }
}

/** Gives the client one command a script (EVALSHA, loading it where the server lost it). */
export function defineScripts(redis: RedisClient): void {
  for (const [command, file] of Object.entries(scripts)) redis.defineCommand(command, { lua: readScript(file) })
}

function readScript(name: string): string {
  const text = readFileSync(new URL(`./lua/${name}.lua`, import.meta.url), 'utf8')
  return text.replace(/^-- @include ([\w/]+)$/gm, (_, included: string) => readScript(included))
}
