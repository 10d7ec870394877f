-- @include whole
-- @include tie
-- Which players lag behind the given versions, in what is served or in the copy that is being built.
--   KEYS  list, versions, meta, tombstones, staged list, staged versions
--   ARGV  generation, player 1, version 1, player 2, ...
--   returns { state, player ... }; the state is STAGING when only a copy takes rows
local state, _, building = standings_state(KEYS[1], KEYS[2], KEYS[3], ARGV[1])
if state == 'LOST' and not building then return { 'LOST' } end
local reply = { state == 'LOST' and 'STAGING' or state }

local function lags(stored, version)
  return not stored or (tonumber((version_and_tie(stored))) or -1) < version
end

-- 500 players a call: a call costs more than a field, and `unpack` has its limit.
for first = 2, #ARGV, 1000 do
  local players = {}
  for i = first, math.min(first + 998, #ARGV - 1), 2 do players[#players + 1] = ARGV[i] end
  local served = redis.call('HMGET', KEYS[2], unpack(players))
  local buried = redis.call('HMGET', KEYS[4], unpack(players))
  local staged = building and redis.call('HMGET', KEYS[6], unpack(players))
  for row = 1, #players do
    local version = tonumber(ARGV[first + row * 2 - 1])
    if not (buried[row] and (tonumber(buried[row]) or -1) >= version) then
      if state == 'WHOLE' and lags(served[row], version) or building and lags(staged[row], version) then
        reply[#reply + 1] = players[row]
      end
    end
  end
end
return reply
