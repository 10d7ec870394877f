import { byId } from './by-id.ts'

/** Says big events to readers aloud; those within `quietMs` of another one under the same topic are not said. */
export function createAnnouncer(): (topic: string, text: string, quietMs?: number) => void {
  const region = byId('announcer')
  const saidAt = new Map<string, number>()
  return (topic, text, quietMs = 0) => {
    const now = performance.now()
    if (now - (saidAt.get(topic) ?? -Infinity) < quietMs) return
    saidAt.set(topic, now)
    region.textContent = text
  }
}
