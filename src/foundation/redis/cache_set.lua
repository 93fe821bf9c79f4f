-- Puts a value.
--
-- ARGV: as cache_store.lua has it, and the version that the key must have, '0' for none, '' for any
-- Returns: the version that it got, or 0 if it was not the one that must be
local expected = ARGV[10]
local held = redis.call('HMGET', entry_of(key), 'version', 'expires_at')
local there = held[2] and tonumber(held[2]) > now
if expected ~= '' and expected ~= (there and held[1] or '0') then return 0 end
local version = next_version(held[1])
store(version)
return version
