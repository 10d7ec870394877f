-- @include includes/whole
-- @include includes/tie
-- @include includes/rank
-- Ranks and scores of players.
--   KEYS  list, versions, meta
--   ARGV  generation, style, ties, player ...
--   returns { state, total, rank 1, position 1, sort key 1, rank 2, ... }, rank 0 = not in the list
local list, style, ties = KEYS[1], ARGV[2], ARGV[3]
local state, total = standings_state(list, KEYS[2], KEYS[3], ARGV[1])
local reply = { state, total }
if state ~= 'WHOLE' then return reply end
for i = 4, #ARGV do
  local at = 3 * (i - 4) + 3
  local stored = redis.call('HGET', KEYS[2], ARGV[i])
  reply[at], reply[at + 1], reply[at + 2] = 0, 0, ''
  if stored then
    local _, tie = version_and_tie(stored)
    local member = tie_key(ties, tie) .. ARGV[i]
    local position = redis.call('ZRANK', list, member)
    if not position then return { 'LOST', 0 } end
    local score = redis.call('ZSCORE', list, member)
    reply[at], reply[at + 1], reply[at + 2] = rank_at(list, style, position, score), position + 1, score
  end
end
return reply
