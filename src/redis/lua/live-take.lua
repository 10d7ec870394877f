-- Takes the lease of a live room, which begins a new epoch, unless another node holds it.
--   KEYS  lease, view
--   ARGV  epoch that the caller held ('' = none), milliseconds of the lease, milliseconds that the view is kept
--   returns the epoch, which exceeds every earlier one of the room; '' when another node holds the lease
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return '' end
local time = redis.call('TIME')
local epoch = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local fence = tonumber(redis.call('HGET', KEYS[2], 'f') or '0')
if epoch <= fence then epoch = fence + 1 end
local text = string.format('%.0f', epoch)
redis.call('SET', KEYS[1], text, 'PX', ARGV[2])
redis.call('HSET', KEYS[2], 'f', text)
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return text
