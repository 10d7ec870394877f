interface Batch<Scope, Item, Result> {
  scope: Scope
  items: Item[]
  settle: { resolve(result: Result): void; reject(error: unknown): void }[]
}

const maxItems = 500

/** Joins the calls of one event-loop turn on the same scope into one `run`, which answers one result an item, in order. */
export function batchByTurn<Scope, Item, Result>(
  keyOf: (scope: Scope) => number,
  run: (scope: Scope, items: Item[]) => Promise<Result[]>,
): (scope: Scope, item: Item) => Promise<Result> {
  const open = new Map<number, Batch<Scope, Item, Result>>()

  const flush = (key: number, batch: Batch<Scope, Item, Result>) => {
    if (open.get(key) === batch) open.delete(key)
    run(batch.scope, batch.items).then(
      (results) => batch.settle.forEach((one, index) => one.resolve(results[index]!)),
      (error: unknown) => batch.settle.forEach((one) => one.reject(error)),
    )
  }
  return (scope, item) =>
    new Promise((resolve, reject) => {
      const key = keyOf(scope)
      let batch = open.get(key)
      if (!batch || batch.items.length >= maxItems) {
        const started: Batch<Scope, Item, Result> = { scope, items: [], settle: [] }
        batch = started
        open.set(key, started)
        setImmediate(() => flush(key, started))
      }
      batch.items.push(item)
      batch.settle.push({ resolve, reject })
    })
}
