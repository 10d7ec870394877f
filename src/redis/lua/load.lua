-- @include tie
-- Rows read from Postgres go into the copy that is being built, unless it holds newer ones; fenced like apply, without its
-- ranks. Tells also that the builder is alive.
--   KEYS  meta, tombstones, staged list, staged versions
--   ARGV  token, ties, and as one JSON array of strings, per row: member, sort key, `version` or `version:tie` (thousands
--         of arguments would cost the sender and Redis more than the rows do)
--   returns 1, or 0 when the copy went away or belongs to another builder
local meta, tombstones, list, versions = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
if redis.call('HGET', meta, 's') ~= ARGV[1] then return 0 end
local time = redis.call('TIME')
redis.call('HSET', meta, 'h', tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000))

local ties = ARGV[2]
local from = ties == 'id' and 1 or 9
local rows = cjson.decode(ARGV[3])
local players = {}
for at = 1, #rows, 3 do players[#players + 1] = string.sub(rows[at], from) end
if #players == 0 then return 1 end
local known = redis.call('HMGET', versions, unpack(players))
local buried = redis.call('EXISTS', tombstones) == 1 and redis.call('HMGET', tombstones, unpack(players))
local added, written = {}, {}
for row = 1, #players do
  local at = row * 3 - 2
  local newer = true
  -- Writes go in while the copy is read: most find nothing here yet.
  if known[row] or buried and buried[row] then
    local version = tonumber((version_and_tie(rows[at + 2])))
    if buried and buried[row] and version <= tonumber(buried[row]) then newer = false end
    if known[row] then
      local newest, tie = version_and_tie(known[row])
      if version <= tonumber(newest) then newer = false end
      if newer then redis.call('ZREM', list, tie_key(ties, tie) .. players[row]) end
    end
  end
  if newer then
    added[#added + 1] = rows[at + 1]
    added[#added + 1] = rows[at]
    written[#written + 1] = players[row]
    written[#written + 1] = rows[at + 2]
  end
end
if #added > 0 then
  redis.call('ZADD', list, unpack(added))
  redis.call('HSET', versions, unpack(written))
end
return 1
