/**
 * Keeps rows from being replaced by older ones: reads overtake each other, and a change overtakes the reads under way. A read
 * is as old as its beginning, so it replaces nothing that was learned after that.
 */
export function createReadOrder() {
  let clock = 0
  let forgotten = 0
  const learned = new WeakMap<object, number>()
  return {
    /** To be taken before a read, and after a change was answered. */
    mark: () => ++clock,
    /** Whether what was marked so may be kept in the place of `known`. */
    replaces: (mark: number, known: object | undefined): boolean =>
      mark > forgotten && (known === undefined || mark >= (learned.get(known) ?? 0)),
    note: (row: object, mark: number) => void learned.set(row, mark),
    /** What was read so far is of another database. */
    forget: () => void (forgotten = ++clock),
  }
}
