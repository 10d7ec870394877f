-- Moves a watermark, only from the value that the work started from.
--   KEYS  watermark
--   ARGV  expected, next
--   returns 1 when moved, else 0
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
return 1
