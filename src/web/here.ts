import type { Here } from './first-steps.ts'

/** The server that served the page, which wrote its commands into it. */
export function readHere(): Here {
  const commands = document.querySelector<HTMLMetaElement>('meta[name="rankpulse-commands"]')?.content ?? ''
  return { origin: location.origin, ...(JSON.parse(commands) as Omit<Here, 'origin'>) }
}
