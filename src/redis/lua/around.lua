-- @include includes/whole
-- @include includes/tie
-- @include includes/rank
-- The window of rows around a player; it stays full at the edges where the list allows.
--   KEYS  list, versions, meta
--   ARGV  generation, style, ties, player, span
--   returns { state, total, zero-based position of the player (-1 = not in the list), zero-based position of the first
--             row, rank of the first row, member 1, sort key 1, ... }
local list = KEYS[1]
local state, total = standings_state(list, KEYS[2], KEYS[3], ARGV[1])
if state ~= 'WHOLE' then return { state, total } end
local stored = redis.call('HGET', KEYS[2], ARGV[4])
if not stored then return { state, total, -1 } end
local _, tie = version_and_tie(stored)
local position = redis.call('ZRANK', list, tie_key(ARGV[3], tie) .. ARGV[4])
if not position then return { 'LOST', 0 } end
local span = tonumber(ARGV[5])
local size = math.min(2 * span + 1, total)
local start = math.max(0, math.min(position - span, total - size))
local rows = redis.call('ZRANGE', list, start, start + size - 1, 'WITHSCORES')
local reply = { state, total, position, start, rank_at(list, ARGV[2], start, rows[2]) }
for i = 1, #rows do reply[5 + i] = rows[i] end
return reply
