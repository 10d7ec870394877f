/**
 * Whether a double holds the number that a literal writes: the digits of the double's shortest form have the same decimal
 * value. The literal is one of JSON, which leading zeros do not change.
 */
export function isExactNumber(literal: string): boolean {
  // Up to 15 digits always come back, unless the exponent leaves the range in which they do.
  if (literal.length <= 15 && !/e[+-]?\d{3}/i.test(literal)) return true
  const held = Number(literal)
  if (!Number.isFinite(held)) return false
  const [written, shortest] = [decimalOf(literal), decimalOf(String(held))]
  return written.digits === shortest.digits && written.exponent === shortest.exponent
}

// The number as digits x 10^exponent, with no zero at either end; the sign is kept by every double. Loops, since a
// pattern for zeros at the end takes quadratic time.
function decimalOf(literal: string): { digits: string; exponent: number } {
  const [mantissa = '', power = '0'] = (literal[0] === '-' ? literal.slice(1) : literal).toLowerCase().split('e')
  const point = mantissa.indexOf('.')
  const fraction = point === -1 ? 0 : mantissa.length - point - 1
  const digits = mantissa.replace('.', '')
  let [from, to] = [0, digits.length]
  while (from < to && digits[from] === '0') from++
  if (from === to) return { digits: '', exponent: 0 }
  while (digits[to - 1] === '0') to--
  return { digits: digits.slice(from, to), exponent: Number(power) - fraction + digits.length - to }
}
