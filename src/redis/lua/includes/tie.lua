-- Included by scripts that name members. The tie key is ranking/order.ts's `tieKey`: 8 characters of an alphabet in
-- byte order, so that equal scores sort by ledger id (or its complement for 'last'); empty for 'id'.
local DIGITS = {
  '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K',
  'L', 'M', 'N', 'O', 'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z', '_', 'a', 'b', 'c', 'd', 'e', 'f',
  'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z',
}
-- Arithmetic and one concatenation: twenty calls of library functions a key would cost more.
local function tie_key(ties, tie)
  if ties == 'id' then return '' end
  local n = tonumber(tie)
  if not n or n % 1 ~= 0 then n = 0 end -- what is no id names no member
  if ties == 'last' then n = 281474976710655 - n
  elseif ties ~= 'first' then error({ err = 'RULE unknown tie rule ' .. ties }) end
  local h = n % 64 n = (n - h) / 64
  local g = n % 64 n = (n - g) / 64
  local f = n % 64 n = (n - f) / 64
  local e = n % 64 n = (n - e) / 64
  local d = n % 64 n = (n - d) / 64
  local c = n % 64 n = (n - c) / 64
  local b = n % 64 n = (n - b) / 64
  local a = n % 64
  return DIGITS[a + 1] .. DIGITS[b + 1] .. DIGITS[c + 1] .. DIGITS[d + 1]
    .. DIGITS[e + 1] .. DIGITS[f + 1] .. DIGITS[g + 1] .. DIGITS[h + 1]
end

-- Splits a stored `version` or `version:tie`; both as decimal strings.
local function version_and_tie(stored)
  local colon = string.find(stored, ':', 1, true)
  if not colon then return stored, stored end
  return string.sub(stored, 1, colon - 1), string.sub(stored, colon + 1)
end
