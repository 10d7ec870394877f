-- @include includes/whole
-- The first rows of standings of one leaderboard, unless nothing among them changed since a revision.
--   KEYS  per standings: list, versions, meta
--   ARGV  per standings: generation, limit, revision known ('' = none)
--   returns per standings: { state, total, revision, member 1, sort key 1, ... }; without rows when the revision is the one
--   known
local replies = {}
for group = 1, #KEYS / 3 do
  local at = group * 3 - 2
  local list, meta = KEYS[at], KEYS[at + 2]
  local state, total = standings_state(list, KEYS[at + 1], meta, ARGV[at])
  local reply = { state, total }
  if state == 'WHOLE' then
    reply[3] = redis.call('HGET', meta, 'r') or '0'
    if reply[3] ~= ARGV[at + 2] then
      local rows = redis.call('ZRANGE', list, 0, tonumber(ARGV[at + 1]) - 1, 'WITHSCORES')
      for i = 1, #rows do reply[3 + i] = rows[i] end
    end
  end
  replies[group] = reply
end
return replies
