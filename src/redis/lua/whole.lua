-- Included by scripts that read a standings. Answers its state, when WHOLE its number of members, and whether a copy of it
-- is being built from Postgres, which takes every write besides.
--   WHOLE    generation matches and list, versions and count agree
--   LOST     flushed, half deleted, of another generation or of other types: nothing here may be believed
local function standings_state(list, versions, meta, generation)
  local stored = redis.pcall('HMGET', meta, 'g', 'n', 's')
  local building = stored[3] and true
  if stored[1] ~= generation then return 'LOST', 0, building end
  local members = redis.pcall('ZCARD', list)
  if members ~= tonumber(stored[2]) or members ~= redis.pcall('HLEN', versions) then return 'LOST', 0, building end
  return 'WHOLE', members, building
end
