/**
 * Milliseconds to wait before attempt 1, 2, ...: doubles from `minMs` to `maxMs`, half of it by chance, so that clients
 * which failed together do not come back together.
 */
export function backoff(
  attempt: number,
  { minMs, maxMs }: { minMs: number; maxMs: number },
  chance: number = Math.random(),
): number {
  const full = Math.min(maxMs, minMs * 2 ** Math.min(attempt, 30))
  return full / 2 + chance * (full / 2)
}

/** Resolves after `ms`, or as soon as `signal` is aborted. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end)
  })
}
