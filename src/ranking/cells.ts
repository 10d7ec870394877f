/** Rows of a list between two of the sort keys asked for; or with one of them, between two of the members asked for. */
export interface Cell {
  /** How many of the keys asked for are at or below the rows' key. */
  cell: number
  /** How many of the members asked for are at or below theirs; null where their key was not asked for. */
  among: number | null
  n: number
}

export interface Counts {
  total: number
  /** Rows that are ahead of a sort key that was asked for. */
  ahead(key: number): number
  /** Rows that have it. */
  equal(key: number): number
  /** Place from 1 of the row with a key and a member that were asked for. */
  positionOf(key: number, member: string): number
}

/**
 * Ranks from the counts of one pass over a list that nothing sorts. `keys` and `members` are what was asked for, each
 * ascending and without repeats. Lower is ahead, by sort key and then by member.
 */
export function countCells(keys: number[], members: string[], cells: Cell[]): Counts {
  const cellOf = new Map(keys.map((key, at) => [key, at + 1]))
  const amongOf = new Map(members.map((member, at) => [member, at + 1]))
  const rows = [0, ...keys.map(() => 0)]
  const equals = new Map<number, Cell[]>()
  for (const one of cells) {
    rows[one.cell]! += one.n
    if (one.among === null) continue
    const list = equals.get(one.cell)
    if (list) list.push(one)
    else equals.set(one.cell, [one])
  }
  let total = 0
  const below = rows.map((n) => (total += n) - n)
  const sum = (list: Cell[]) => list.reduce((all, { n }) => all + n, 0)
  const equalsOf = (key: number) => equals.get(cellOf.get(key)!) ?? []

  const ahead = (key: number) => below[cellOf.get(key)!]!
  return {
    total,
    ahead,
    equal: (key) => sum(equalsOf(key)),
    positionOf(key, member) {
      const own = amongOf.get(member)!
      return ahead(key) + sum(equalsOf(key).filter(({ among }) => among! < own)) + 1
    },
  }
}
