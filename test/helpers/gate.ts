export interface Hold {
  /** Resolves when the held call has its answer from the real store. */
  reached: Promise<void>
  /** Hands the answer on. */
  release(): void
}

/** A real store, of which a test may hold the answer of one call until something else has happened. */
export function gated<Store extends object>(store: Store): { store: Store; hold(method: keyof Store): Hold } {
  const holds = new Map<unknown, { reach(): void; released: Promise<void> }>()
  const wrap =
    (name: string, method: (...args: unknown[]) => unknown) =>
    (...args: unknown[]): unknown => {
      const answer = method(...args)
      const held = holds.get(name)
      if (!held) return answer
      holds.delete(name)
      return (async () => {
        const value = await answer
        held.reach()
        await held.released
        return value
      })()
    }
  return {
    store: Object.fromEntries(
      Object.entries(store).map(([name, member]) => [
        name,
        typeof member === 'function' ? wrap(name, member as never) : (member as unknown),
      ]),
    ) as Store,
    hold(method) {
      let [reach, release] = [() => {}, () => {}]
      const reached = new Promise<void>((resolve) => (reach = resolve))
      const released = new Promise<void>((resolve) => (release = resolve))
      holds.set(method, { reach: () => reach(), released })
      return { reached, release: () => release() }
    },
  }
}
