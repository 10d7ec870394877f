-- @include includes/whole
-- @include includes/rank
-- A page of a standings list, best first.
--   KEYS  list, versions, meta
--   ARGV  generation, style, offset, limit
--   returns { state, total, rank of the first row, member 1, sort key 1, member 2, ... }
local list = KEYS[1]
local state, total = standings_state(list, KEYS[2], KEYS[3], ARGV[1])
local reply = { state, total, 0 }
if state ~= 'WHOLE' then return reply end
local offset, limit = tonumber(ARGV[3]), tonumber(ARGV[4])
if offset >= total then return reply end
local rows = redis.call('ZRANGE', list, offset, offset + limit - 1, 'WITHSCORES')
reply[3] = rank_at(list, ARGV[2], offset, rows[2])
for i = 1, #rows do reply[3 + i] = rows[i] end
return reply
