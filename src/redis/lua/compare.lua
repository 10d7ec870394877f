-- @include includes/whole
-- @include includes/tie
-- Which players lag behind the given versions, in what is served or in the copy that is being built.
--   KEYS  list, versions, meta, tombstones, staged list, staged versions
--   ARGV  generation, then one text of `player version player version ...`
--   returns { state, player ... }; the state is STAGING when only a copy takes rows
local state, _, building = standings_state(KEYS[1], KEYS[2], KEYS[3], ARGV[1])
if state == 'LOST' and not building then return { 'LOST' } end
local reply = { state == 'LOST' and 'STAGING' or state }

-- A tombstone speaks where nobody is held, see `apply`.
local function lags(stored, buried, version)
  return (tonumber(stored and (version_and_tie(stored)) or buried or '') or -1) < version
end

local function compare(players, versions)
  local served = redis.call('HMGET', KEYS[2], unpack(players))
  local buried = redis.call('HMGET', KEYS[4], unpack(players))
  local staged = building and redis.call('HMGET', KEYS[6], unpack(players))
  for row = 1, #players do
    local version, dead = tonumber(versions[row]), buried[row]
    if state == 'WHOLE' and lags(served[row], dead, version) or building and lags(staged[row], dead, version) then
      reply[#reply + 1] = players[row]
    end
  end
end

-- 500 players a call: a call costs more than a field, and `unpack` has its limit.
local players, versions = {}, {}
for player, version in string.gmatch(ARGV[2], '(%S+) (%S+)') do
  players[#players + 1], versions[#versions + 1] = player, version
  if #players == 500 then
    compare(players, versions)
    players, versions = {}, {}
  end
end
if #players > 0 then compare(players, versions) end
return reply
