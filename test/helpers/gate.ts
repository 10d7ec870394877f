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

/** A real client for tagged queries and the builder's, of which a test may hold the answer of the next statement with such a text. */
export function gatedSql(sql: Sql): { sql: Sql; hold(text: string): Hold } {
  let next: { text: string; reach(): void; released: Promise<void> } | null = null
  const gate = async <Answer>(held: NonNullable<typeof next>, answer: Promise<Answer>): Promise<Answer> => {
    const rows = await answer
    held.reach()
    await held.released
    return rows
  }
  const holdOf = (text: string) => {
    if (next === null || !text.includes(next.text)) return null
    const held = next
    next = null
    return held
  }
  return {
    sql: new Proxy(sql, {
      apply(target, _, args: Parameters<Sql>) {
        const query = target(...args) as unknown as Promise<unknown>
        const held = holdOf((args as unknown as [readonly string[]])[0].join('?'))
        return held === null ? query : gate(held, query)
      },
      get(target, name) {
        if (name !== 'unsafe') return Reflect.get(target, name) as unknown
        return (...args: Parameters<Sql['unsafe']>) => {
          const query = target.unsafe(...args)
          const held = holdOf(args[0])
          return held === null ? query : { values: () => gate(held, query.values()) }
        }
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
