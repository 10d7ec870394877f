-- Keeps the lease of a room and notes its total, or gives the lease up.
--   KEYS  lease, view, log
--   ARGV  epoch, total, milliseconds of the lease (0 = give it up), milliseconds that view and log are kept
--   returns 1, or 0 when a newer epoch has begun
local lease, view = KEYS[1], KEYS[2]
local stored = redis.call('HMGET', view, 'f', 'e')
if stored[1] ~= ARGV[1] then return 0 end
if ARGV[3] == '0' then
  if redis.call('GET', lease) == ARGV[1] then redis.call('DEL', lease) end
  return 1
end
redis.call('SET', lease, ARGV[1], 'PX', ARGV[3])
if stored[2] == ARGV[1] then redis.call('HSET', view, 't', ARGV[2]) end
redis.call('PEXPIRE', view, ARGV[4])
redis.call('PEXPIRE', KEYS[3], ARGV[4])
return 1
