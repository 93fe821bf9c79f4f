-- Makes the lease of its holder last from now.
--
-- KEYS: the lock
-- ARGV: time, owner, lease in microseconds, token
-- Returns: 1 if it was held, and its end
local held = redis.call('HMGET', KEYS[1], 'token', 'owner', 'expires_at')
local until_then = now + tonumber(ARGV[3])
if held[1] ~= ARGV[4] or held[2] ~= ARGV[2] or tonumber(held[3]) <= now then return {0, 0} end
redis.call('HSET', KEYS[1], 'expires_at', text(until_then))
-- As in lock_step.lua: the token is remembered for a day longer.
forget_at(KEYS[1], until_then + 24 * 3600 * 1000000)
return {1, until_then}
