-- @include includes/whole
-- How many members lists have.
--   KEYS  list, versions, meta of each
--   ARGV  generation of each
--   returns { total, ... }, -1 = not whole
local totals = {}
for i = 1, #ARGV do
  local state, total = standings_state(KEYS[3 * i - 2], KEYS[3 * i - 1], KEYS[3 * i], ARGV[i])
  totals[i] = state == 'WHOLE' and total or -1
end
return totals
