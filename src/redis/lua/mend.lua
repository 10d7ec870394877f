-- @include includes/whole
-- @include includes/tie
-- Sets players of a whole standings to what Postgres says, whatever their versions, if they still are as they were found.
--   KEYS  list, versions, meta, tombstones
--   ARGV  generation, ties, then per player: player; stored version, sort key and tombstone as `inspect` found them;
--         sort key ('' = take it out), version, tie
--   returns { state, 1 or 0 per player: mended }
local list, versions, meta, tombstones = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local state = standings_state(list, versions, meta, ARGV[1])
local reply = { state }
if state ~= 'WHOLE' then return reply end
for arg = 3, #ARGV, 7 do
  local player, key, version, tie = ARGV[arg], ARGV[arg + 4], ARGV[arg + 5], ARGV[arg + 6]
  local stored, member, member_key = redis.call('HGET', versions, player) or '', nil, ''
  if stored ~= '' then
    local _, stored_tie = version_and_tie(stored)
    member = tie_key(ARGV[2], stored_tie) .. player
    member_key = redis.call('ZSCORE', list, member) or ''
  end
  local buried = redis.call('HGET', tombstones, player) or ''
  local as_found = stored == ARGV[arg + 1] and member_key == ARGV[arg + 2] and buried == ARGV[arg + 3]
  if as_found then
    if member then redis.call('ZREM', list, member) end
    if key == '' then
      redis.call('HDEL', versions, player)
    else
      redis.call('ZADD', list, key, tie_key(ARGV[2], tie) .. player)
      redis.call('HSET', versions, player, version == tie and version or version .. ':' .. tie)
      redis.call('HDEL', tombstones, player)
    end
  end
  reply[#reply + 1] = as_found and 1 or 0
end
redis.call('HSET', meta, 'n', redis.call('ZCARD', list))
redis.call('HINCRBY', meta, 'r', 1)
return reply
