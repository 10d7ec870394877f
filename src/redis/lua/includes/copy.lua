-- Included by scripts that build a standings list again: its copy, in staged keys beside what is served.
-- Whether all of a copy is there: half of one is none, nor is what is of other types.
local function copy_whole(meta, list, versions)
  local members = redis.pcall('ZCARD', list)
  return members == redis.pcall('HLEN', versions) and members == tonumber(redis.call('HGET', meta, 'k'))
end

local function drop_copy(meta, list, versions)
  redis.call('UNLINK', list, versions)
  redis.call('HDEL', meta, 's', 'h', 'b', 'p', 'c', 'k')
end

-- Whether what a standings list holds of whatever generation is whole.
local function serves(list, versions, meta)
  local generation = redis.call('HGET', meta, 'g')
  return generation and standings_state(list, versions, meta, generation) == 'WHOLE'
end

local function clock_ms()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end
