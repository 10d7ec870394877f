const started = performance.now()

/** A line on stderr with the seconds since the start. */
export function progress(text: string): void {
  console.error(`[${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s] ${text}`)
}
