import type { Log } from '../../log.ts'

/**
 * Whether an uncaught exception is the known fault of postgres.js 3.4.9: `closed()` clears the pending write timer but
 * keeps its handle, and a query given to a connection that just closed schedules `nextWrite` on a socket that is null.
 * The query it belongs to never settles, which the deadline on every flush covers; anything else must not be survived.
 */
export function isDriverWriteFault(error: unknown): boolean {
  if (!(error instanceof TypeError) || error.stack === undefined) return false
  const frame = error.stack.split('\n').find((line) => line.trimStart().startsWith('at '))
  return (
    frame !== undefined &&
    /nextWrite/.test(frame) &&
    /postgres[\\/](src|cjs[\\/]src|cf[\\/]src)[\\/]connection/.test(frame)
  )
}

let installed = false

/** Keeps the process alive over that one fault, and says so; every other uncaught exception still ends it. */
export function surviveDriverFault(log: Log): void {
  if (installed) return
  installed = true
  process.on('uncaughtException', (error) => {
    if (isDriverWriteFault(error)) {
      log.warn({ err: error }, 'postgres.js wrote to a closed connection; its query is retried after its deadline')
      return
    }
    log.fatal({ err: error }, 'uncaught exception')
    process.exit(1)
  })
}
