/**
 * Numbers from 0 (inclusive) to 1, the same ones for the same whole-number seed. Not for secrets.
 * Source: mulberry32 by Tommy Ettinger (public domain), as given in JavaScript by
 * https://github.com/bryc/code/blob/master/jshash/PRNGs.md.
 */
export function mulberry32(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
