-- @include includes/whole
-- @include includes/tie
-- What a standings list holds of players, whether it is whole or not.
--   KEYS  list, versions, meta, tombstones
--   ARGV  generation, ties, player ...
--   returns { state (STAGING when it is LOST and being built), per player: stored version, sort key, version of its tombstone }, '' = has none
local state = standings_state(KEYS[1], KEYS[2], KEYS[3], ARGV[1])
if state == 'LOST' and redis.call('HEXISTS', KEYS[3], 'b') == 1 then state = 'STAGING' end
local reply = { state }
for i = 3, #ARGV do
  local at = 3 * (i - 3) + 2
  local stored = redis.call('HGET', KEYS[2], ARGV[i])
  reply[at], reply[at + 1] = stored or '', ''
  if stored then
    local _, tie = version_and_tie(stored)
    reply[at + 1] = redis.call('ZSCORE', KEYS[1], tie_key(ARGV[2], tie) .. ARGV[i]) or ''
  end
  reply[at + 2] = redis.call('HGET', KEYS[4], ARGV[i]) or ''
end
return reply
