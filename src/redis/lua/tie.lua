-- Included by scripts that name members. The tie key is ranking/order.ts's `tieKey`: 8 characters of an alphabet in
-- byte order, so that equal scores sort by ledger id (or its complement for 'last'); empty for 'id'.
local TIE_DIGITS = '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz'
local function tie_key(ties, tie)
  if ties == 'id' then return '' end
  local n = tonumber(tie) or 0 -- what is no number names no member
  if ties == 'last' then n = 281474976710655 - n end
  -- Two halves of 24 bits, since the bit operations work on 32.
  local low = n % 16777216
  local high = (n - low) / 16777216
  local byte, band, rshift = string.byte, bit.band, bit.rshift
  return string.char(
    byte(TIE_DIGITS, rshift(high, 18) + 1), byte(TIE_DIGITS, band(rshift(high, 12), 63) + 1),
    byte(TIE_DIGITS, band(rshift(high, 6), 63) + 1), byte(TIE_DIGITS, band(high, 63) + 1),
    byte(TIE_DIGITS, rshift(low, 18) + 1), byte(TIE_DIGITS, band(rshift(low, 12), 63) + 1),
    byte(TIE_DIGITS, band(rshift(low, 6), 63) + 1), byte(TIE_DIGITS, band(low, 63) + 1)
  )
end

-- Splits a stored `version` or `version:tie`; both as decimal strings.
local function version_and_tie(stored)
  local colon = string.find(stored, ':', 1, true)
  if not colon then return stored, stored end
  return string.sub(stored, 1, colon - 1), string.sub(stored, colon + 1)
end

-- One-based rank of a member; with 'competition' equal scores share the best rank. Nil when it is not in the list.
local function rank_of(list, member, style)
  if style == 'competition' then
    local score = redis.call('ZSCORE', list, member)
    return score and redis.call('ZCOUNT', list, '-inf', '(' .. score) + 1
  end
  local rank = redis.call('ZRANK', list, member)
  return rank and rank + 1
end
