-- @include whole
-- One step of building a standings anew from Postgres, in staged keys beside what is served.
--   KEYS  list, versions, meta, tombstones, staged list, staged versions
--   ARGV  step (begin, finish, abandon), generation, token, milliseconds after which a silent builder counts as gone,
--         begin: 'lost' (only when it is LOST), 'always' (what is WHOLE is served meanwhile) or 'distrust' (nothing
--         of what is there counts);
--         finish: the generation that the new list gets
--   returns begin: WHOLE (nothing to do), BUSY (another one builds) or BEGUN (every write goes into the copy from now on)
--         finish: WHOLE, or LOST (begin again); abandon: WHOLE or LOST, what is served now
local list, versions, meta, staged_list, staged_versions = KEYS[1], KEYS[2], KEYS[3], KEYS[5], KEYS[6]
local step, generation, token = ARGV[1], ARGV[2], ARGV[3]
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
-- What is not of our types is not ours: nothing of the list may be believed then.
for _, key in ipairs({ meta, KEYS[4] }) do
  local found = redis.call('TYPE', key).ok
  if found ~= 'hash' and found ~= 'none' then redis.call('UNLINK', unpack(KEYS)) end
end
local state = standings_state(list, versions, meta, generation)
local builder = redis.call('HMGET', meta, 's', 'h')

if step == 'begin' then
  if state == 'WHOLE' and ARGV[5] == 'lost' then return 'WHOLE' end
  if builder[1] and builder[1] ~= token and now - tonumber(builder[2]) < tonumber(ARGV[4]) then return 'BUSY' end
  redis.call('UNLINK', staged_list, staged_versions)
  if state == 'LOST' or ARGV[5] == 'distrust' then
    -- Revisions only grow, so that nobody takes a new list for one it has seen: the clock where the last one is lost.
    local revision = redis.call('HGET', meta, 'r') or now
    redis.call('UNLINK', list, versions, meta)
    if ARGV[5] == 'distrust' then redis.call('UNLINK', KEYS[4]) end
    redis.call('HSET', meta, 'r', revision)
  end
  redis.call('HSET', meta, 's', token, 'h', now)
  return 'BEGUN'
end

if step == 'abandon' then
  local mine = builder[1] == token
  local gone = builder[1] and now - tonumber(builder[2]) >= tonumber(ARGV[4])
  if mine or gone then
    redis.call('UNLINK', staged_list, staged_versions)
    redis.call('HDEL', meta, 's', 'h')
  end
  return state
end

if builder[1] ~= token or redis.call('ZCARD', staged_list) ~= redis.call('HLEN', staged_versions) then return 'LOST' end
redis.call('UNLINK', list, versions)
if redis.call('EXISTS', staged_list) == 1 then
  redis.call('RENAME', staged_list, list)
  redis.call('RENAME', staged_versions, versions)
end
redis.call('HSET', meta, 'g', ARGV[5], 'n', redis.call('ZCARD', list))
redis.call('HDEL', meta, 's', 'h')
redis.call('HINCRBY', meta, 'r', 1)
return (standings_state(list, versions, meta, ARGV[5]))
