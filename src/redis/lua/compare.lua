-- @include whole
-- @include tie
-- Which players lag behind the given versions, in what is served or in the copy that is being built.
--   KEYS  list, versions, meta, tombstones, staged list, staged versions
--   ARGV  generation, player 1, version 1, player 2, ...
--   returns { state, player ... }; the state is STAGING when only a copy takes rows
local state, _, building = standings_state(KEYS[1], KEYS[2], KEYS[3], ARGV[1])
if state == 'LOST' and not building then return { 'LOST' } end
local reply = { state == 'LOST' and 'STAGING' or state }

local function lags(versions, player, version)
  local stored = redis.call('HGET', versions, player)
  return not stored or (tonumber((version_and_tie(stored))) or -1) < version
end

for i = 2, #ARGV, 2 do
  local player, version = ARGV[i], tonumber(ARGV[i + 1])
  local buried = redis.call('HGET', KEYS[4], player)
  if not (buried and (tonumber(buried) or -1) >= version) then
    if state == 'WHOLE' and lags(KEYS[2], player, version) or building and lags(KEYS[6], player, version) then
      reply[#reply + 1] = player
    end
  end
end
return reply
