-- @include whole
-- The first rows of a standings, unless nothing among them changed since a revision.
--   KEYS  list, versions, meta
--   ARGV  generation, limit, revision known ('' = none)
--   returns { state, total, revision, member 1, sort key 1, ... }; without rows when the revision is the one known
local list = KEYS[1]
local state, total = standings_state(list, KEYS[2], KEYS[3], ARGV[1])
if state ~= 'WHOLE' then return { state, total } end
local revision = redis.call('HGET', KEYS[3], 'r') or '0'
local reply = { state, total, revision }
if revision == ARGV[3] then return reply end
local rows = redis.call('ZRANGE', list, 0, tonumber(ARGV[2]) - 1, 'WITHSCORES')
for i = 1, #rows do reply[3 + i] = rows[i] end
return reply
