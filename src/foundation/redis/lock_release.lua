-- Ends a lease; the lock remembers its token.
--
-- KEYS: the lock
-- ARGV: time, token
-- Returns: 1 if it was held
local held = redis.call('HMGET', KEYS[1], 'token', 'owner', 'expires_at')
if held[1] ~= ARGV[2] or not held[2] or tonumber(held[3]) <= now then return 0 end
redis.call('HDEL', KEYS[1], 'owner')
redis.call('HSET', KEYS[1], 'expires_at', '0')
return 1
