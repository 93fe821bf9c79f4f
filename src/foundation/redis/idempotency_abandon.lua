-- Gives a key back whose work is still the caller's.
--
-- KEYS: the key
-- ARGV: time, token
-- Returns: 1 if it was
local held = redis.call('HMGET', KEYS[1], 'token', 'response')
if held[1] ~= ARGV[2] or held[2] then return 0 end
return redis.call('DEL', KEYS[1])
