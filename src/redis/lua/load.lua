-- @include includes/whole
-- @include includes/tie
-- @include includes/copy
-- Rows read from Postgres go into copies that are being built, unless they hold newer ones: fenced like apply, without its
-- ranks. Calls for a copy are numbered, so that one that got lost, or that a Redis which fell back has forgotten, is
-- noticed. Tells also that the builder is alive.
--   KEYS  per standings: list, versions, meta, tombstones, staged list, staged versions
--   ARGV  token, ties, then per standings: number of the call (from 1 on); the player up to whom all rows are in with it
--         ('' = those of a page are not yet); the generation under which the copy takes the place of the list with it
--         ('' = not yet); and as one JSON array of strings, per row: member, sort key, `version` or `version:tie`
--         (thousands of arguments would cost the sender and Redis more than the rows do)
--   returns per standings: IN, WHOLE (it took the place), BEHIND (an earlier call is not in) or GONE (the copy went away,
--           or belongs to another builder)
local token, ties = ARGV[1], ARGV[2]
local from = ties == 'id' and 1 or 9
local now = clock_ms()

local function add_rows(tombstones, list, versions, rows)
  local players = {}
  for at = 1, #rows, 3 do players[#players + 1] = string.sub(rows[at], from) end
  if #players == 0 then return end
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
end

local function load(list, versions, meta, tombstones, staged_list, staged_versions, call, last, finish, json)
  local stored = redis.call('HMGET', meta, 's', 'c', 'b', 'g')
  if stored[1] ~= token then
    -- The answer to a call that finished it may have got lost.
    return finish ~= '' and standings_state(list, versions, meta, finish) == 'WHOLE' and 'WHOLE' or 'GONE'
  end
  local calls = tonumber(stored[2])
  if tonumber(call) > calls + 1 then return 'BEHIND' end
  if tonumber(call) <= calls then return 'IN' end
  -- What is served must have been whole all the time, else rows that only it was asked to take are missing.
  local intact = copy_whole(meta, staged_list, staged_versions) and (not stored[4] or serves(list, versions, meta))
  if not intact then
    drop_copy(meta, staged_list, staged_versions)
    return 'GONE'
  end
  add_rows(tombstones, staged_list, staged_versions, cjson.decode(json))
  redis.call('HSET', meta, 'c', call, 'k', redis.call('ZCARD', staged_list), 'h', now)
  if last ~= '' then redis.call('HSET', meta, 'p', last) end
  if finish == '' then return 'IN' end

  if stored[3] ~= finish then return 'GONE' end
  redis.call('UNLINK', list, versions)
  if redis.call('EXISTS', staged_list) == 1 then
    redis.call('RENAME', staged_list, list)
    redis.call('RENAME', staged_versions, versions)
  end
  drop_copy(meta, staged_list, staged_versions)
  redis.call('HSET', meta, 'g', finish, 'n', redis.call('ZCARD', list))
  redis.call('HINCRBY', meta, 'r', 1)
  return 'WHOLE'
end

local reply = {}
for group = 1, #KEYS / 6 do
  local key, arg = group * 6 - 5, group * 4 - 1
  reply[group] = load(
    KEYS[key], KEYS[key + 1], KEYS[key + 2], KEYS[key + 3], KEYS[key + 4], KEYS[key + 5],
    ARGV[arg], ARGV[arg + 1], ARGV[arg + 2], ARGV[arg + 3]
  )
end
return reply
