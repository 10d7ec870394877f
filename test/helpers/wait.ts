import { setTimeout as sleep } from 'node:timers/promises'

/** Repeats a check until it passes; after `limitMs` it fails as the check does. The limit only stops a hang. */
export async function eventually<T>(check: () => Promise<T> | T, limitMs = 30_000): Promise<T> {
  const giveUpAt = Date.now() + limitMs
  for (;;) {
    try {
      return await check()
    } catch (error) {
      if (Date.now() > giveUpAt) throw error
      await sleep(50)
    }
  }
}
