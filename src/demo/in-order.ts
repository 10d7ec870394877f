import { inFlight } from './in-flight.ts'

/**
 * Takes every item through `prepare`, then `finish`, begun in the order of the list with at most `limit` under way. An item
 * is finished only after all items before it that share one of its keys; preparing does not wait for them. After a
 * failure nothing new starts, what waits for the failed item fails with it, and the first failure is thrown.
 */
export async function inOrder<Item, Prepared>(
  items: readonly Item[],
  limit: number,
  steps: {
    keys(item: Item): readonly string[]
    prepare(item: Item): Promise<Prepared>
    finish(item: Item, prepared: Prepared): Promise<void>
  },
): Promise<void> {
  const lastByKey = new Map<string, Promise<void>>()
  // Items start in order, so whatever an item waits for is under way or done: it cannot wait for itself.
  await inFlight(items, limit, (item) => {
    const earlier = steps.keys(item).flatMap((key) => lastByKey.get(key) ?? [])
    const run = (async () => {
      const prepared = await steps.prepare(item)
      await Promise.all(earlier)
      await steps.finish(item, prepared)
    })()
    for (const key of steps.keys(item)) lastByKey.set(key, run)
    return run
  })
}
