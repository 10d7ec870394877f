-- @include whole
-- @include tie
-- Which players lag behind the given versions.
--   KEYS  list, versions, meta, tombstones
--   ARGV  generation, player 1, version 1, player 2, ...
--   returns { state, player ... }
local state = standings_state(KEYS[1], KEYS[2], KEYS[3], ARGV[1])
local reply = { state }
if state == 'LOST' then return reply end
for i = 2, #ARGV, 2 do
  local stored = redis.call('HGET', KEYS[2], ARGV[i])
  local newest = stored and tonumber((version_and_tie(stored))) or -1
  local buried = redis.call('HGET', KEYS[4], ARGV[i])
  if buried then newest = math.max(newest, tonumber(buried)) end
  if newest < tonumber(ARGV[i + 1]) then reply[#reply + 1] = ARGV[i] end
end
return reply
