-- Takes the lease of a lock, or a place in its line.
--
-- KEYS: the lock, a hash; who waits, by place; who waits, by until when they are believed to
-- ARGV: time, owner, lease in microseconds, patience in microseconds ('' to take no place)
-- Returns: 1, token, end of the lease; or 0, end of the holder's lease, how many are ahead
local lock, line, seen = KEYS[1], KEYS[2], KEYS[3]
local owner, lease = ARGV[2], tonumber(ARGV[3])
-- The token of a lock that is free is remembered for so long. After that the time is greater than it was, even if the
-- clock was set back by as much.
local day = 24 * 3600 * 1000000

for _, gone in ipairs(redis.call('ZRANGEBYSCORE', seen, '-inf', text(now))) do
  redis.call('ZREM', line, gone)
  redis.call('ZREM', seen, gone)
end
local held = redis.call('HMGET', lock, 'token', 'owner', 'expires_at')
local taken = held[2] and tonumber(held[3]) > now
local own = taken and held[2] == owner
local place = redis.call('ZRANK', line, owner)
local ahead = place or redis.call('ZCARD', line)

if own or (not taken and ahead == 0) then
  -- Never less than the time, so that tokens go up although Redis has lost the last one.
  local token = own and tonumber(held[1]) or math.max(now, (tonumber(held[1] or 0)) + 1)
  redis.call('HSET', lock, 'token', text(token), 'owner', owner, 'expires_at', text(now + lease))
  forget_at(lock, now + lease + day)
  redis.call('ZREM', line, owner)
  redis.call('ZREM', seen, owner)
  return {1, token, now + lease}
end
if ARGV[4] ~= '' then
  local until_seen = now + tonumber(ARGV[4])
  if not place then
    local last = redis.call('ZRANGE', line, -1, -1, 'WITHSCORES')
    redis.call('ZADD', line, tonumber(last[2] or 0) + 1, owner)
  end
  redis.call('ZADD', seen, text(until_seen), owner)
  forget_not_before(line, until_seen)
  forget_not_before(seen, until_seen)
end
return {0, taken and tonumber(held[3]) or now, ahead}
