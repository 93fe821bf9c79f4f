-- Drops all values with a tag, and keeps fills that are under way from bringing them back.
--
-- ARGV: time, prefix, tag, the longest lease in microseconds
-- Returns: how many there were
local tagged, invalidated = prefix .. 'tag:' .. ARGV[3], prefix .. 'invalidated:' .. ARGV[3]
redis.call('SET', invalidated, text(now))
forget_at(invalidated, now + tonumber(ARGV[4]))
redis.call('ZREMRANGEBYSCORE', tagged, '-inf', text(now))
local dropped = 0
for _, key in ipairs(redis.call('ZRANGE', tagged, 0, -1)) do
  if take_out(key) then dropped = dropped + 1 end
end
return dropped
