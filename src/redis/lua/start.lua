-- Declares lists LOST and starts the watermark of their leaderboard, unless it has one: then somebody else has done both,
-- and lists may have been restored since.
--   KEYS  watermark, meta ...
--   ARGV  transaction id to start from, or '' when more lists follow in another call
--   returns 1, or 0 when there was a watermark
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
for i = 2, #KEYS do redis.call('UNLINK', KEYS[i]) end
if ARGV[1] ~= '' then redis.call('SET', KEYS[1], ARGV[1]) end
return 1
