-- Positions of rooms of one leaderboard.
--   KEYS  per room: lease, view
--   returns per room: { leased (1 or 0), epoch, seq, total }, or { leased } alone before the first epoch
local replies = {}
for room = 1, #KEYS / 2 do
  local reply = { redis.call('EXISTS', KEYS[room * 2 - 1]) }
  -- One of another type must not keep the other rooms from theirs: its publisher makes it again.
  local stored = redis.pcall('HMGET', KEYS[room * 2], 'e', 'q', 't')
  if stored[1] then
    for i = 1, 3 do reply[1 + i] = stored[i] end
  end
  replies[room] = reply
end
return replies
