-- The value of a key.
--
-- KEYS: the entry
-- ARGV: time
-- Returns: nothing, or value, version, expiry
local held = redis.call('HMGET', KEYS[1], 'value', 'version', 'expires_at')
if not held[3] or tonumber(held[3]) <= now then return {} end
return {held[1], tonumber(held[2]), tonumber(held[3])}
