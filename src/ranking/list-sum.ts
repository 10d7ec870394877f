const OFFSET_BASIS = 0x811c9dc5
const PRIME = 0x01000193

/**
 * What client and server compare to know that they hold the same list: FNV-1a, 32 bits, unsigned, over
 * `playerId + ":" + n + "\n"` of every row in order, n = the scaled integer round(score x 10^`decimals`). Rows with
 * scaled scores: `decimals` 0. Player ids are ASCII, so a character is a byte.
 * Source: https://datatracker.ietf.org/doc/html/draft-eastlake-fnv
 */
export function sumOf(rows: readonly { playerId: string; score: number }[], decimals = 0): number {
  const scale = 10 ** decimals
  let hash = OFFSET_BASIS
  for (const { playerId, score } of rows) {
    // At most 15 digits, so the product is within 1/4 of the integer.
    const line = `${playerId}:${Math.round(score * scale)}\n`
    for (let index = 0; index < line.length; index++) hash = Math.imul(hash ^ line.charCodeAt(index), PRIME)
  }
  return hash >>> 0
}
