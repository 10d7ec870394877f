-- @include includes/whole
-- @include includes/tie
-- @include includes/rank
-- Applies rows to standings of one leaderboard, and to the copies that are being built of them. Fenced and idempotent: a
-- row counts only when its version is newer than what the list or the tombstones hold, so late, repeated and reordered
-- calls end in the same state. That a row leaves is remembered even where nothing else is taken: what is built there next
-- must not get it back from who is late.
--   KEYS  per standings: list, versions, meta, tombstones, staged list, staged versions
--   ARGV  style, ties, rows of the longest live list, with ranks (1 or 0); then per standings: generation, and its rows as one text, each
--         player, sort key, version, tie, hidden (1 or 0), with spaces between all of them
--   returns per standings: { state, total, before 1, after 1, before 2, ... }, rank 0 = not in the list; the state is
--         STAGING when only a copy that is being built took the rows
local style, ties, live_limit, with_ranks = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4] == '1'

-- Rows as one list a column: a text of them costs the caller less than arguments would.
local function columns(text)
  local rows = { players = {}, keys = {}, versions = {}, ties = {}, hidden = {} }
  local row = 0
  for player, key, version, tie, hidden in string.gmatch(text, '(%S+) (%S+) (%S+) (%S+) (%S+)') do
    row = row + 1
    rows.players[row], rows.keys[row] = player, key
    rows.versions[row], rows.ties[row], rows.hidden[row] = version, tie, hidden == '1'
  end
  return rows
end

-- Writes the rows and adds those that leave to `dead`. Returns the members' names after and the ranks before, and whether
-- a row left or changed a place that live views show.
local function write_rows(list, versions, buried, rows, ranked, dead)
  local players = rows.players
  local stored = redis.call('HMGET', versions, unpack(players))
  local members, before, held = {}, {}, {}
  for row = 1, #players do
    if stored[row] then
      local version, tie = version_and_tie(stored[row])
      held[row] = tonumber(version)
      members[row] = tie_key(ties, tie) .. players[row]
      if ranked then before[row] = rank_of(list, style, members[row]) end
    end
  end

  -- One call a command for all rows: a call costs as much as what it does.
  local removed, added, gone, written = {}, {}, {}, {}
  local visible_change = false
  for row = 1, #players do
    local key, version, tie, hidden = rows.keys[row], rows.versions[row], rows.ties[row], rows.hidden[row]
    -- A tombstone speaks where nobody is held: it may have been left by a call that named an older list, of somebody who
    -- came into this one before.
    local newest = held[row] or buried and buried[row] and tonumber(buried[row]) or -1
    if tonumber(version) > newest then
      local old = members[row]
      if before[row] and before[row] <= live_limit then visible_change = true end
      if hidden then
        members[row] = nil
        if old then gone[#gone + 1] = players[row] end
        dead[#dead + 1] = players[row]
        dead[#dead + 1] = version
      else
        members[row] = tie_key(ties, tie) .. players[row]
        added[#added + 1] = key
        added[#added + 1] = members[row]
        written[#written + 1] = players[row]
        written[#written + 1] = version == tie and version or version .. ':' .. tie
      end
      if old and old ~= members[row] then removed[#removed + 1] = old end
    end
  end
  if #removed > 0 then redis.call('ZREM', list, unpack(removed)) end
  if #added > 0 then redis.call('ZADD', list, unpack(added)) end
  if #gone > 0 then redis.call('HDEL', versions, unpack(gone)) end
  if #written > 0 then redis.call('HSET', versions, unpack(written)) end
  return members, before, visible_change
end

-- Adds the rows that leave to `dead`, where neither list nor copy takes them.
local function bury(buried, rows, dead)
  for row = 1, #rows.players do
    local newest = buried and buried[row] and tonumber(buried[row]) or -1
    if rows.hidden[row] and tonumber(rows.versions[row]) > newest then
      dead[#dead + 1] = rows.players[row]
      dead[#dead + 1] = rows.versions[row]
    end
  end
end

local replies = {}
local arg = 5
for group = 1, #KEYS / 6 do
  local first = group * 6 - 5
  local list, versions, meta, tombstones = KEYS[first], KEYS[first + 1], KEYS[first + 2], KEYS[first + 3]
  local generation, text = ARGV[arg], ARGV[arg + 1]
  arg = arg + 2
  local state, _, building = standings_state(list, versions, meta, generation)
  local reply = { state, 0 }
  local rows = columns(text)
  local players = rows.players
  local buried = redis.call('EXISTS', tombstones) == 1 and redis.call('HMGET', tombstones, unpack(players))
  local dead = {}
  if building then
    local copy = KEYS[first + 4]
    write_rows(copy, KEYS[first + 5], buried, rows, false, dead)
    redis.call('HSET', meta, 'k', redis.call('ZCARD', copy))
    if state == 'LOST' then reply[1] = 'STAGING' end
  end
  if state == 'WHOLE' then
    local members, before, visible_change = write_rows(list, versions, buried, rows, with_ranks, dead)
    local total = redis.call('ZCARD', list)
    redis.call('HSET', meta, 'n', total)
    reply[2] = total
    if with_ranks then
      for row = 1, #players do
        local after = members[row] and rank_of(list, style, members[row])
        if after and after <= live_limit and after ~= before[row] then visible_change = true end
        reply[1 + row * 2] = before[row] or 0
        reply[2 + row * 2] = after or 0
      end
    end
    if visible_change or not with_ranks then redis.call('HINCRBY', meta, 'r', 1) end
  elseif not building then
    bury(buried, rows, dead)
  end
  if #dead > 0 then
    redis.call('HSET', tombstones, unpack(dead))
    redis.call('EXPIRE', tombstones, 3600)
  end
  replies[group] = reply
end
return replies
