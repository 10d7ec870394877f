/** The final places of one sealed standings. Positions count the visible ones from 1 without gaps. */
export interface SealedOrder {
  total: number
  /** How many places at or before one are visible: its position, if it is. */
  positionOf(place: number): number
  /** The place at a position. */
  placeAt(position: number): number
}

/** `last`: the highest place; `gone`: those that are hidden or erased, ascending. */
export function createSealedOrder(last: number, gone: number[]): SealedOrder {
  /** How many of them meet a condition that holds up to one of them. */
  const count = (meets: (place: number, at: number) => boolean) => {
    let [low, high] = [0, gone.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (meets(gone[middle]!, middle)) low = middle + 1
      else high = middle
    }
    return low
  }
  return {
    total: last - gone.length,
    positionOf: (place) => place - count((one) => one <= place),
    // Before each of them lie as many visible places as it is, less itself and those before it.
    placeAt: (position) => position + count((one, at) => one - at <= position),
  }
}
