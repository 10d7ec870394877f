-- Stores what a room shows next. Only the newest epoch may, one seq after the other, so that neither a deposed publisher
-- nor a repeated call can put other content under a position.
--   KEYS  lease, view, log
--   ARGV  epoch, seq, total, sum, rows, delta ('' begins the epoch), deltas kept, milliseconds of the lease, milliseconds
--         that the view is kept, settings
--   returns 1 when stored, else 0
local lease, view, log = KEYS[1], KEYS[2], KEYS[3]
local epoch, seq, delta = ARGV[1], ARGV[2], ARGV[6]
local stored = redis.call('HMGET', view, 'f', 'e', 'q')
if stored[1] ~= epoch then return 0 end
if delta == '' then
  redis.call('DEL', log)
else
  if stored[2] ~= epoch or tonumber(stored[3]) + 1 ~= tonumber(seq) then return 0 end
  redis.call('RPUSH', log, delta)
  redis.call('LTRIM', log, -tonumber(ARGV[7]), -1)
  redis.call('PEXPIRE', log, ARGV[9])
end
redis.call('HSET', view, 'e', epoch, 'q', seq, 't', ARGV[3], 'u', ARGV[4], 'r', ARGV[5], 's', ARGV[10])
redis.call('PEXPIRE', view, ARGV[9])
redis.call('SET', lease, epoch, 'PX', ARGV[8])
return 1
