-- Gives up a place in the line of a lock.
--
-- KEYS: who waits, by place; who waits, by until when they are believed to
-- ARGV: time, owner
redis.call('ZREM', KEYS[1], ARGV[2])
redis.call('ZREM', KEYS[2], ARGV[2])
return 1
