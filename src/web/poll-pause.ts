const changingMs = 1000
const quietMs = 5000
const changesForMs = 10_000

/** How long to wait before a definition is read again that changed so long ago: one that changes may do so again. */
export function pollPause(sinceChangeMs: number): number {
  return sinceChangeMs < changesForMs ? changingMs : quietMs
}
