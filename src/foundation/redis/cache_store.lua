-- What cache_set.lua and cache_fill.lua have in common.
-- ARGV: time, prefix, key, value, keep in microseconds, size, tags by line feeds, most entries, most bytes, and one more
local key, value, tags, size = ARGV[3], ARGV[4], ARGV[7], ARGV[6]
local most_entries, most_bytes = tonumber(ARGV[8]), tonumber(ARGV[9])

-- Makes room, from what expires first on. The entry that was just put stays.
local function evict()
  while redis.call('ZCARD', order) > most_entries or tonumber(redis.call('HGET', usage, '')) > most_bytes do
    local first = redis.call('ZRANGE', order, 0, 1)
    local next_to_go = first[1]
    if next_to_go == key then next_to_go = first[2] end
    if not next_to_go then break end
    take_out(next_to_go)
  end
end

local function store(version)
  local expires_at = now + tonumber(ARGV[5])
  take_out(key)
  -- Nobody is counted: whatever the sum says was left by keys that Redis has evicted.
  if redis.call('ZCARD', order) == 0 then redis.call('DEL', usage) end
  redis.call('HSET', entry_of(key), 'value', value, 'version', text(version), 'expires_at', text(expires_at),
             'tags', tags)
  forget_at(entry_of(key), expires_at)
  redis.call('ZADD', order, text(expires_at), key)
  redis.call('HSET', usage, key, size)
  redis.call('HINCRBY', usage, '', size)
  forget_not_before(order, expires_at)
  forget_not_before(usage, expires_at)
  for tag in each_tag(tags) do
    local tagged = prefix .. 'tag:' .. tag
    redis.call('ZREMRANGEBYSCORE', tagged, '-inf', text(now))
    redis.call('ZADD', tagged, text(expires_at), key)
    forget_not_before(tagged, expires_at)
  end
  -- Redis forgets entries by itself; these are their shares of the bounds, some at a time.
  for _, gone in ipairs(redis.call('ZRANGEBYSCORE', order, '-inf', text(now), 'LIMIT', 0, 16)) do take_out(gone) end
  evict()
end
