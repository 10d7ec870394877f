-- @include includes/whole
-- How many members are ahead of a sort key, and how many equal it.
--   KEYS  list, versions, meta
--   ARGV  generation, sort key
--   returns { state, total, ahead, equal }
local state, total = standings_state(KEYS[1], KEYS[2], KEYS[3], ARGV[1])
if state ~= 'WHOLE' then return { state, total, 0, 0 } end
return {
  state, total,
  redis.call('ZCOUNT', KEYS[1], '-inf', '(' .. ARGV[2]),
  redis.call('ZCOUNT', KEYS[1], ARGV[2], ARGV[2]),
}
