-- @include whole
-- @include tie
-- Which players lag behind the given versions, in what is served or in the copy that is being built.
--   KEYS  list, versions, meta, tombstones, staged list, staged versions
--   ARGV  generation, player 1, version 1, player 2, ...
--   returns { state, player ... }; the state is STAGING when only a copy takes rows
local state, _, building = standings_state(KEYS[1], KEYS[2], KEYS[3], ARGV[1])
if state == 'LOST' and not building then return { 'LOST' } end
local reply = { state == 'LOST' and 'STAGING' or state }

-- What a hash holds for these players; one call for many, since a call costs more than a field.
local function versions_of(hash, players)
  return redis.call('EXISTS', hash) == 1 and redis.call('HMGET', hash, unpack(players)) or {}
end
local function lags(stored, version)
  return not stored or (tonumber((version_and_tie(stored))) or -1) < version
end

for first = 2, #ARGV, 1000 do
  local players = {}
  for i = first, math.min(first + 998, #ARGV - 1), 2 do players[#players + 1] = ARGV[i] end
  local served, buried = versions_of(KEYS[2], players), versions_of(KEYS[4], players)
  local staged = building and versions_of(KEYS[6], players)
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
