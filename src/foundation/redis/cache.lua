-- What the scripts of caches have in common. KEYS[1] routes in a cluster; all keys begin with ARGV[2], which has the
-- tenant's hash tag:
--   entry:KEY          a hash: value, version, expires_at, tags; or a lease to fill it: version, lease, lease_at, lease_until
--   order              keys that have a value, by when they expire
--   usage              a hash of the size of each, and under '' of all
--   tag:TAG            keys that were put with the tag, by when they expire
--   invalidated:TAG    when it was, for as long as a fill that began before may be under way
local prefix = ARGV[2]
local order, usage = prefix .. 'order', prefix .. 'usage'

local function entry_of(key)
  return prefix .. 'entry:' .. key
end

-- Tags are parted by line feeds, which names do not have.
local function each_tag(tags)
  return string.gmatch(tags, '[^\n]+')
end

-- Drops a key with its tags and its share of the bounds, or the lease to fill it. Whether there was a value that had not
-- expired.
local function take_out(key)
  local held = redis.call('HMGET', entry_of(key), 'expires_at', 'tags')
  redis.call('DEL', entry_of(key))
  redis.call('ZREM', order, key)
  local size = redis.call('HGET', usage, key)
  if size then
    redis.call('HDEL', usage, key)
    redis.call('HINCRBY', usage, '', '-' .. size)
  end
  if not held[1] then return false end
  for tag in each_tag(held[2]) do redis.call('ZREM', prefix .. 'tag:' .. tag, key) end
  return tonumber(held[1]) > now
end

-- Greater than those that the key had before, also after it was forgotten: time goes on.
local function next_version(version)
  return math.max(now, tonumber(version or -1) + 1)
end
