/** One thing looked at. `broken` makes the doctor fail; `mend` says what to do. */
export interface Finding {
  state: 'ok' | 'warning' | 'broken'
  what: string
  mend?: string
}
