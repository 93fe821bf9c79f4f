-- Drops the value of a key.
--
-- ARGV: time, prefix, key
-- Returns: 1 if there was one
return take_out(ARGV[3]) and 1 or 0
