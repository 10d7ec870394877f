-- One step through the members of a standings' list, with the version that their player has.
--   KEYS  list, versions
--   ARGV  ties, cursor, members looked at, about
--   returns { next cursor (0 = through), member 1, stored version 1 ('' = none), member 2, ... }
local found = redis.call('ZSCAN', KEYS[1], ARGV[2], 'COUNT', ARGV[3])
local reply = { found[1] }
local from = ARGV[1] == 'id' and 1 or 9
for i = 1, #found[2], 2 do
  reply[#reply + 1] = found[2][i]
  reply[#reply + 1] = redis.call('HGET', KEYS[2], string.sub(found[2][i], from)) or ''
end
return reply
