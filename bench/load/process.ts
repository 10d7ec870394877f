import { httpLoad, type HttpJob } from './http-load.ts'
import { probeLoad, type ProbeJob } from './probe-load.ts'
import { runWindows, type Timing, type Window } from './recorder.ts'
import { rowLoad, type RowJob } from './row-load.ts'
import { socketLoad, type SocketJob } from './socket-load.ts'
import { watchLoad, type WatchJob } from './watch-load.ts'

// The process that makes load. It gets one job from its parent, says when windows open and close, and ends.

export type Job = HttpJob | SocketJob | RowJob | WatchJob | ProbeJob
export type Message = 'opened' | { window: Window } | { completed: number } | { error: string }

const say = (message: Message) => void process.send?.(message)
const windows = { opened: () => say('opened'), closed: (window: Window) => say({ window }) }

function run(job: Job, timing: Timing): Promise<{ completed: number }> {
  if (job.kind === 'http') return runWindows(httpLoad, job, timing, windows)
  if (job.kind === 'socket') return runWindows(socketLoad, job, timing, windows)
  if (job.kind === 'watch') return runWindows(watchLoad, job, timing, windows)
  if (job.kind === 'probe') return runWindows(probeLoad, job, timing, windows)
  return runWindows(rowLoad, job, timing, windows)
}

process.once('message', (message: { job: Job; timing: Timing }) => {
  void run(message.job, message.timing)
    .then(say, (error: unknown) => say({ error: error instanceof Error ? error.message : String(error) }))
    .finally(() => process.disconnect())
})
process.once('disconnect', () => process.exit())
