-- @include includes/whole
-- @include includes/copy
-- One step of building standings of a leaderboard again from Postgres, in staged keys beside what is served.
--   KEYS  per standings: list, versions, meta, tombstones, staged list, staged versions
--   ARGV  step, token of the builder, milliseconds after which a silent builder counts as gone
--         begin: also 'lost' (only what is LOST), 'always' (what is WHOLE is served meanwhile) or 'distrust' (nothing of
--           what is there counts), a token that the builder had before ('' = none), and per standings its generation
--         alive: nothing else, the builder is
--         leave: nothing else, the builder gives up, or one that is gone has. A copy beside what is served goes; of
--           what is lost another builder may go on with it
--   returns begin: per standings WHOLE (nothing to do), NEWER (whole under a later generation, nothing was done), BUSY (another
--             one builds), BEGUN (empty) or RESUMED; the generation
--             that the copy will have; the player after whom to go on; '1' when what is whole is served meanwhile
--           alive, leave: an empty list
local step, token, gone_ms, what, held = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], ARGV[5]
local now = clock_ms()

-- What is of other types than ours is not ours: nothing of the list may be believed then.
local types = { 'zset', 'hash', 'hash', 'hash', 'zset', 'hash' }
local function drop_foreign(keys)
  for at, key in ipairs(keys) do
    local found = redis.call('TYPE', key).ok
    if found ~= types[at] and found ~= 'none' then return redis.call('UNLINK', unpack(keys)) end
  end
end

local function begin(list, versions, meta, tombstones, staged_list, staged_versions, generation)
  drop_foreign({ list, versions, meta, tombstones, staged_list, staged_versions })
  local served_generation = tonumber(redis.call('HGET', meta, 'g'))
  -- LOST is said of the generation that was named: what another one has built since is not.
  if served_generation and served_generation > tonumber(generation) and serves(list, versions, meta) then
    return 'NEWER', generation, '', '1'
  end
  local state = standings_state(list, versions, meta, generation)
  if state == 'WHOLE' and what == 'lost' then return 'WHOLE', generation, '', '1' end
  local stored = redis.call('HMGET', meta, 's', 'h', 'b', 'p', 'g')
  local builder, copied, after = stored[1], stored[3], stored[4]
  local mine = builder and (builder == token or builder == held)
  if builder and not mine and now - tonumber(stored[2]) < gone_ms then return 'BUSY', generation, '', '0' end

  -- A copy is worth going on with when every write went into it: its generation is in Postgres, or what is served is whole.
  local next_one = string.format('%.0f', tonumber(generation) + 1)
  local goes_on = after and copy_whole(meta, staged_list, staged_versions) and (mine or what == 'lost')
  if state == 'WHOLE' then
    goes_on = goes_on and what == 'always' and copied == next_one
  else
    goes_on = goes_on and copied == generation and (not stored[5] or serves(list, versions, meta))
  end
  if not goes_on then drop_copy(meta, staged_list, staged_versions) end
  local served = state == 'WHOLE' and what == 'always' and '1' or '0'
  if served == '0' then
    -- Revisions only grow, so that nobody takes a new list for one it has seen: the clock where the last one is lost.
    local revision = redis.call('HGET', meta, 'r') or now
    redis.call('UNLINK', list, versions)
    redis.call('HDEL', meta, 'g', 'n')
    if what == 'distrust' and not goes_on then redis.call('UNLINK', tombstones) end
    redis.call('HSET', meta, 'r', revision)
  end
  redis.call('HSET', meta, 's', token, 'h', now, 'c', 0)
  if goes_on then return 'RESUMED', copied, after, served end
  -- Nobody names this generation before it is in Postgres.
  redis.call('HSET', meta, 'b', next_one, 'k', 0)
  return 'BEGUN', next_one, '', served
end

local reply = {}
for first = 1, #KEYS, 6 do
  local list, versions, meta, tombstones = KEYS[first], KEYS[first + 1], KEYS[first + 2], KEYS[first + 3]
  local staged_list, staged_versions = KEYS[first + 4], KEYS[first + 5]
  -- What is not of our types is not ours: nothing of the list may be believed then.
  for _, key in ipairs({ meta, tombstones }) do
    local found = redis.call('TYPE', key).ok
    if found ~= 'hash' and found ~= 'none' then redis.call('UNLINK', unpack(KEYS, first, first + 5)) end
  end
  if step == 'begin' then
    local generation = ARGV[6 + (first - 1) / 6]
    local begun = { begin(list, versions, meta, tombstones, staged_list, staged_versions, generation) }
    for at = 1, 4 do reply[#reply + 1] = begun[at] end
  else
    local builder = redis.call('HMGET', meta, 's', 'h')
    local mine = builder[1] == token
    if step == 'alive' then
      if mine then redis.call('HSET', meta, 'h', now) end
    elseif mine or builder[1] and now - tonumber(builder[2]) >= gone_ms then
      if serves(list, versions, meta) then drop_copy(meta, staged_list, staged_versions) end
      redis.call('HDEL', meta, 's', 'h')
    end
  end
end
return reply
