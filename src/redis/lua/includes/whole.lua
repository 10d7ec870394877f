-- Included by scripts that read a standings list. Returns its state, when WHOLE its number of members, and whether a copy of it
-- that is being built from Postgres takes the caller's rows: of one served meanwhile those that are served too, else
-- those alone that name the generation that the copy will have. It was drawn when what was there before was given up with
-- its tombstones, so who names an older one may be late.
--   WHOLE    generation matches and list, versions and count agree
--   LOST     flushed, half deleted, of another generation or of other types: nothing here may be believed
local function standings_state(list, versions, meta, generation)
  local stored = redis.pcall('HMGET', meta, 'g', 'n', 'b')
  local named = stored[3] == generation
  if stored[1] ~= generation then return 'LOST', 0, named end
  local members = redis.pcall('ZCARD', list)
  if members ~= tonumber(stored[2]) or members ~= redis.pcall('HLEN', versions) then return 'LOST', 0, named end
  return 'WHOLE', members, stored[3] and true
end
