-- The value of a key, or the lease to fill it, which one of all who ask gets.
--
-- ARGV: time, prefix, key, lease in microseconds
-- Returns: the outcome as in Cache::Outcome; a hit's value, version, expiry; or token and end of the lease
local key = ARGV[3]
local hit, fill, wait = 0, 1, 2
local held = redis.call('HMGET', entry_of(key), 'value', 'version', 'expires_at', 'lease_until')
if held[3] and tonumber(held[3]) > now then return {hit, held[1], tonumber(held[2]), tonumber(held[3])} end
if held[4] and tonumber(held[4]) > now then return {wait, 0, tonumber(held[4])} end
local version = next_version(held[2])
local lease_until = now + tonumber(ARGV[4])
take_out(key)
redis.call('HSET', entry_of(key), 'version', text(version), 'lease', text(version), 'lease_at', text(now),
           'lease_until', text(lease_until))
forget_at(entry_of(key), lease_until)
return {fill, version, lease_until}
