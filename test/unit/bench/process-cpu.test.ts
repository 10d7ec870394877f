import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { busyMs, parseStat, readCpu, treeTicks } from '../../../bench/lib/process-cpu.ts'

const stat = (pid: number, parent: number, own: number, reaped = 0) => ({ pid, parent, own, reaped })

test('reads the times out of /proc/<pid>/stat, whatever the name of the process', () => {
  const line = '4242 (postgres: a) b (c) S 17 4242 4242 0 -1 4194560 900 80 1 2 31 12 5 6 20 0 1 0 3300 1 2\n'
  expect(parseStat(line)).toEqual({ pid: 4242, parent: 17, own: 43, reaped: 11 })
  expect(parseStat('')).toBeNull()
  expect(parseStat('12 (cut off) S 1 2')).toBeNull()
})

test('a tree counts the root, what is below it, and what ended there', () => {
  const stats = [stat(1, 0, 1000), stat(10, 1, 5, 2), stat(11, 10, 7), stat(12, 11, 3, 1), stat(20, 1, 400)]
  expect(treeTicks(stats, 10)).toBe(5 + 2 + 7 + 3 + 1)
  expect(treeTicks(stats, 99)).toBe(0)
})

test('the machine is busy in every mode but idle and waiting for disks', () => {
  expect(busyMs('cpu  10 1 20 5000 300 2 3 0 0 0\ncpu0 1 1 1 1 1 1 1 0 0 0\n', 10)).toBe(360)
})

test.runIf(process.platform === 'linux')('what a child used stays counted when it has ended', () => {
  // Each of the four times summed is rounded down to a tick of 10 ms, so the child uses more than is asked for.
  const before = readCpu({ own: process.pid })
  spawnSync(process.execPath, [
    '-e',
    'for (let used = 0; used < 3.5e5; ) { const { user, system } = process.cpuUsage(); used = user + system }',
  ])
  const after = readCpu({ own: process.pid })
  expect(after['own']! - before['own']!).toBeGreaterThanOrEqual(300)
  expect(after['machine']!).toBeGreaterThan(before['machine']!)
})
