import { setTimeout as sleep } from 'node:timers/promises'

/** Tells how far the world of a replay is. */
export interface WorldDate {
  /** Something of a day, `YYYY-MM-DD`, has happened; days before the newest one tell nothing new. */
  reached(day: string): void
  /** Tells the newest day unless it was told. Rejects with what `tell` rejects with. */
  finish(): Promise<void>
}

const everyMs = 1000

/**
 * Tells the newest day, later than `from`, with `tell`: one at a time, and with a pause after each. What could not be told
 * is told with the next day, as only the newest counts.
 */
export function createWorldDate(
  from: string,
  tell: (day: string) => Promise<void>,
  pause: (signal: AbortSignal) => Promise<unknown> = (signal) => sleep(everyMs, undefined, { signal }),
): WorldDate {
  const ending = new AbortController()
  let newest = from
  let told = from
  let telling: Promise<void> | null = null

  const tellNewest = async () => {
    const day = newest
    await tell(day)
    told = day
  }
  const tellOn = async (): Promise<void> => {
    if (told === newest || ending.signal.aborted) return void (telling = null)
    await tellNewest().catch(() => {})
    await pause(ending.signal).catch(() => {})
    return tellOn()
  }

  return {
    reached(day) {
      if (day <= newest) return
      newest = day
      telling ??= tellOn()
    },
    async finish() {
      ending.abort()
      await telling
      if (told !== newest) await tellNewest()
    },
  }
}

const inWords = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' })

/** `1938-06-12` as people write it: `12 June 1938`. */
export function longDate(day: string): string {
  return inWords.format(new Date(`${day}T00:00:00Z`))
}

const mark = ' · '

/** A description that tells the day first. */
export function withDay(description: string, day: string): string {
  return `${longDate(day)}${mark}${description}`
}

/** The inverse: the day that a text tells before `description`, or an empty text. */
export function dayIn(text: string, description: string): string {
  if (!text.endsWith(mark + description)) return ''
  const at = Date.parse(`${text.slice(0, -description.length - mark.length)} UTC`)
  return Number.isNaN(at) ? '' : new Date(at).toISOString().slice(0, 10)
}
