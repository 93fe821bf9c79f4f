-- Keeps the response of work that is still the caller's.
--
-- KEYS: the key
-- ARGV: time, fingerprint, token, how long the response is kept in microseconds, response
-- Returns: 1 if it was
local held = redis.call('HMGET', KEYS[1], 'request', 'token', 'response')
if held[1] ~= ARGV[2] or held[2] ~= ARGV[3] or held[3] then return 0 end
local expires_at = now + tonumber(ARGV[4])
redis.call('HSET', KEYS[1], 'response', ARGV[5], 'expires_at', text(expires_at), 'lease_until', '0')
forget_at(KEYS[1], expires_at)
return 1
