/** An instant as the contract writes it, from epoch milliseconds or a date; null stays null. */
export function iso(at: number | Date): string
export function iso(at: number | Date | null): string | null
export function iso(at: number | Date | null): string | null {
  return at === null ? null : new Date(at).toISOString()
}
