export type ParsedScore = { scaled: number } | { error: 'VALIDATION' | 'SCORE_OUT_OF_RANGE'; detail: string }

/** The greatest scaled score of a leaderboard with `decimals` (0-6) digits; the least one is its negative. */
export function scoreLimit(decimals: number): number {
  // Any decimal of 15 digits survives the way through a double and back; with 16 only integers do.
  return decimals === 0 ? Number.MAX_SAFE_INTEGER : 999_999_999_999_999
}

/**
 * The scaled integer (score x 10^`decimals`) of a submitted number; -0 is 0. VALIDATION: not finite, or more fraction
 * digits than `decimals`. SCORE_OUT_OF_RANGE: beyond `scoreLimit`.
 */
export function parseScore(value: number, decimals: number): ParsedScore {
  // What most leaderboards get, without a detour over text; adding 0 turns -0 into 0.
  if (decimals === 0 && Number.isSafeInteger(value)) return { scaled: value + 0 }
  if (!Number.isFinite(value)) return { error: 'VALIDATION', detail: 'score must be a finite number' }

  // Moving the point in the shortest decimal form is exact, unlike a multiplication: 1.005 * 1000 is 1004.99...
  const [mantissa = '', exponentText = '0'] = String(value).split('e')
  const exponent = Number(exponentText)
  const fractionDigits = (mantissa.split('.')[1]?.length ?? 0) - exponent
  if (fractionDigits > decimals) {
    return { error: 'VALIDATION', detail: `score must have at most ${decimals} decimal digits` }
  }
  const scaled = Number(`${mantissa}e${exponent + decimals}`)
  const limit = scoreLimit(decimals)
  if (Math.abs(scaled) > limit) {
    const bound = formatScore(limit, decimals)
    return { error: 'SCORE_OUT_OF_RANGE', detail: `score must be between ${-bound} and ${bound}` }
  }
  return { scaled }
}

/** The number clients see: the one whose decimal form is `scaled` / 10^`decimals` (both exact, so the quotient is). */
export function formatScore(scaled: number, decimals: number): number {
  return decimals === 0 ? scaled : scaled / 10 ** decimals
}
