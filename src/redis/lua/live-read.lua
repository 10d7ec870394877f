-- What a room shows, with the deltas that led there.
--   KEYS  lease, view, log
--   returns { leased (1 or 0), epoch, seq, total, sum, rows, settings, delta 1, ... }; { leased } alone before the first epoch.
--   Keys of another type hold nothing
local reply = { redis.call('EXISTS', KEYS[1]) }
local stored = redis.pcall('HMGET', KEYS[2], 'e', 'q', 't', 'u', 'r', 's')
if not stored[1] then return reply end
for i = 1, 5 do reply[1 + i] = stored[i] end
reply[7] = stored[6] or 'null'
local log = redis.pcall('LRANGE', KEYS[3], 0, -1)
for i = 1, #log do reply[7 + i] = log[i] end
return reply
