-- Included by scripts that tell ranks, one-based: with 'competition' equal scores share the best one.
local function rank_at(list, style, position, key)
  if style == 'ordinal' then return position + 1 end
  if style ~= 'competition' then error({ err = 'RULE unknown rank style ' .. style }) end
  return redis.call('ZCOUNT', list, '-inf', '(' .. key) + 1
end

-- Of a member; nil when it is not in the list.
local function rank_of(list, style, member)
  if style == 'ordinal' then
    local position = redis.call('ZRANK', list, member)
    return position and position + 1
  end
  local key = redis.call('ZSCORE', list, member)
  return key and rank_at(list, style, nil, key)
end
