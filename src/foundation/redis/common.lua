-- Begins every script. ARGV[1] is the time in microseconds, for tests; empty: the server's.
--
-- Lua counts in doubles, which are exact for whole numbers below 2^53: microseconds since 1970 are, until 2255.

local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = tonumber(time[1]) * 1000000 + tonumber(time[2])
end

-- A whole number in all its digits: Lua's own text has 14.
local function text(number)
  return string.format('%.0f', number)
end

-- Redis forgets the key at this time, or within the millisecond after it.
local function forget_at(key, micros)
  redis.call('PEXPIREAT', key, text(math.ceil(micros / 1000)))
end

-- The same, unless it is to be forgotten later already.
local function forget_not_before(key, micros)
  if redis.call('PEXPIRETIME', key) < math.ceil(micros / 1000) then forget_at(key, micros) end
end
