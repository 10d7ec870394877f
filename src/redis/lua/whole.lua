-- Included by scripts that read a standings. Answers its state and, when WHOLE, its number of members.
--   WHOLE    generation matches and list, versions and count agree
--   STAGING  being restored from Postgres: writes go in, nothing is served
--   LOST     flushed, half deleted or of another generation: nothing here may be believed
local function standings_state(list, versions, meta, generation)
  local stored = redis.call('HMGET', meta, 'g', 'n', 's')
  if stored[1] ~= generation then return 'LOST', 0 end
  if stored[3] then return 'STAGING', 0 end
  local members = redis.call('ZCARD', list)
  if members ~= tonumber(stored[2]) or members ~= redis.call('HLEN', versions) then return 'LOST', 0 end
  return 'WHOLE', members
end
