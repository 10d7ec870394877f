const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const

/** Seconds in `90`, `90s`, `15m`, `1h` or `7d`. Throws on anything else. */
export function parseDuration(text: string): number {
  const match = /^(\d+)([smhd]?)$/.exec(text)
  const seconds = Number(match?.[1]) * SECONDS[(match?.[2] || 's') as keyof typeof SECONDS]
  if (!(seconds > 0)) throw new Error(`"${text}" is not a duration such as 90s, 15m, 1h or 7d`)
  return seconds
}
