import type { Sql } from '../../src/postgres/connection/client.ts'

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

/** A real client for tagged queries, of which a test may hold the answer of the next statement with such a text. */
export function gatedSql(sql: Sql): { sql: Sql; hold(text: string): Hold } {
  let next: { text: string; reach(): void; released: Promise<void> } | null = null
  return {
    sql: new Proxy(sql, {
      apply(target, _, args: Parameters<Sql>) {
        const query = target(...args) as unknown as Promise<unknown>
        const [template] = args as unknown as [readonly string[]]
        if (next === null || !template.join('?').includes(next.text)) return query
        const held = next
        next = null
        return (async () => {
          const rows = await query
          held.reach()
          await held.released
          return rows
        })()
      },
    }),
    hold(text) {
      let [reach, release] = [() => {}, () => {}]
      const reached = new Promise<void>((resolve) => (reach = resolve))
      const released = new Promise<void>((resolve) => (release = resolve))
      next = { text, reach: () => reach(), released }
      return { reached, release: () => release() }
    },
  }
}
