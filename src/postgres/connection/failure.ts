import { LedgerFailure } from '../../actions/ports/ledger.ts'
import { DeadlineExceeded } from '../../timing/deadline.ts'

// 23503: what a row refers to was erased meanwhile.
const conflicts = new Set(['40001', '40P01', '23503', '23505', '55P03'])
const unavailable = new Set(['57014', '57P01', '57P02', '57P03', '53300', '53100', '53200', '25P03', '25006', '58030'])
// A dump was restored under an open connection: its plans name tables and types that are gone. A fresh one knows better.
const outdated = new Set(['XX000', '0A000', '26000', '42P01', '42704'])

/** Sorts what a transaction failed of: by SQLSTATE where Postgres answered, else as no answer. */
export function classify(error: unknown): LedgerFailure {
  if (error instanceof LedgerFailure) return error
  if (error instanceof DeadlineExceeded) return new LedgerFailure('unavailable', error)
  const code = codeOf(error)
  if (code === null) return new LedgerFailure('fault', error)
  if (conflicts.has(code)) return new LedgerFailure('conflict', error)
  if (/^(22|23)...$/.test(code)) return new LedgerFailure('bad-data', error)
  if (unavailable.has(code) || outdated.has(code) || code.startsWith('08'))
    return new LedgerFailure('unavailable', error)
  // Not a SQLSTATE: a socket or driver code such as ECONNREFUSED or CONNECTION_CLOSED.
  if (!/^[0-9A-Z]{5}$/.test(code)) return new LedgerFailure('unavailable', error)
  return new LedgerFailure('fault', error)
}

function codeOf(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null
  return typeof error.code === 'string' ? error.code : null
}
