import type { Stack } from './stack.ts'

/**
 * Stops every process of the stack's own Postgres where it stands: its sockets stay open and nothing answers. Answers
 * the function that lets them go on.
 */
export async function freezePostgres(stack: Stack): Promise<() => void> {
  const postmaster = stack.postgres!.pid
  const rows = await stack.sql<{ pid: number }[]>`select pid from pg_stat_activity where pid <> pg_backend_pid()`
  const own = await stack.sql<{ pid: number }[]>`select pg_backend_pid() as pid`
  const pids = [postmaster, ...rows.map((row) => row.pid), ...own.map((row) => row.pid)]
  const signal = (name: NodeJS.Signals) => {
    for (const pid of pids) {
      try {
        process.kill(pid, name)
      } catch {
        // A backend that ended meanwhile.
      }
    }
  }
  signal('SIGSTOP')
  return () => signal('SIGCONT')
}
