-- Takes the lease of a live room, which begins a new epoch, unless another node holds it. Keys of another type are nobody's.
--   KEYS  lease, view
--   ARGV  epoch that the caller held ('' = none), milliseconds of the lease, milliseconds that the view is kept, newest
--         epoch that the caller has seen (0 = none): a holder of an older one publishes what clients ignore
--   returns the epoch, which exceeds every earlier one of the room that is known; '' when another node holds the lease
local function read(key, ...)
  local value = redis.pcall(...)
  if type(value) == 'table' then redis.call('UNLINK', key) end
  return type(value) == 'string' and value
end
local seen = tonumber(ARGV[4])
local holder = read(KEYS[1], 'GET', KEYS[1])
local fence = math.max(seen, tonumber(read(KEYS[2], 'HGET', KEYS[2], 'f') or '0'))
if holder and holder ~= ARGV[1] and tonumber(holder) >= seen then return '' end
local time = redis.call('TIME')
local epoch = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
if epoch <= fence then epoch = fence + 1 end
local text = string.format('%.0f', epoch)
redis.call('SET', KEYS[1], text, 'PX', ARGV[2])
redis.call('HSET', KEYS[2], 'f', text)
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return text
