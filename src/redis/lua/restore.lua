-- @include whole
-- One step of restoring a standings from Postgres.
--   KEYS  list, versions, meta, tombstones
--   ARGV  step (begin, touch, finish), generation, token, milliseconds after which a silent restorer counts as gone
--   returns begin: WHOLE (nothing to do), BUSY (another restorer is at it) or BEGUN (emptied; writes go in from now on)
--           touch: BEGUN or LOST (begin again); finish: WHOLE or LOST
local list, versions, meta, tombstones = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local step, generation, token = ARGV[1], ARGV[2], ARGV[3]
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local state = standings_state(list, versions, meta, generation)

if step == 'begin' then
  if state == 'WHOLE' then return 'WHOLE' end
  if state == 'STAGING' and now - tonumber(redis.call('HGET', meta, 'h')) < tonumber(ARGV[4]) then return 'BUSY' end
  local revision = redis.call('HGET', meta, 'r') or '0'
  redis.call('UNLINK', list, versions, meta, tombstones)
  redis.call('HSET', meta, 'g', generation, 'n', 0, 'r', revision, 's', token, 'h', now)
  return 'BEGUN'
end

if state ~= 'STAGING' or redis.call('HGET', meta, 's') ~= token then return 'LOST' end
if step == 'touch' then
  redis.call('HSET', meta, 'h', now)
  return 'BEGUN'
end
redis.call('HSET', meta, 'n', redis.call('ZCARD', list))
redis.call('HDEL', meta, 's', 'h')
redis.call('HINCRBY', meta, 'r', 1)
return standings_state(list, versions, meta, generation)
