-- Puts the value that the holder of the lease has found.
--
-- ARGV: as cache_store.lua has it, and the token of the lease
-- Returns: 1 if it was taken
local held = redis.call('HMGET', entry_of(key), 'lease', 'lease_until', 'lease_at', 'version')
if held[1] ~= ARGV[10] or tonumber(held[2]) <= now then return 0 end
for tag in each_tag(tags) do
  local invalidated = redis.call('GET', prefix .. 'invalidated:' .. tag)
  if invalidated and tonumber(invalidated) >= tonumber(held[3]) then return 0 end
end
store(next_version(held[4]))
return 1
