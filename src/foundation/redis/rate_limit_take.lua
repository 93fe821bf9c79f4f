-- Takes permits of all checks, or of none. The decisions are those of rate_rule.cc.
--
-- KEYS: for each check the states of its caller: a hash by the rule's name of the algorithm, three numbers, and when the
--   state means the same as none
-- ARGV: time, '1' to take or '0' to look, and for each check nine:
--   the rule's name, 'bucket' or 'window', limit, period in microseconds, cost ('' if there are never so many)
--   of a bucket, as debts: depth in microseconds and parts, price of the cost in microseconds and parts
-- Returns: time, 1 if all allow, and for each check the three numbers of its state as it was found:
--   of a bucket the time of RateState::first in microseconds, its nanoseconds beyond those, RateState::second
--   of a window as in RateState

-- Debts are microseconds and parts, of which `limit` make a nanosecond: products with nanoseconds would not be exact.
local function beyond(micros, parts, depth_micros, depth_parts)
  return micros > depth_micros or (micros == depth_micros and parts > depth_parts)
end

local function bucket_after(check, state)
  local limit, in_a_micro = check.limit, check.limit * 1000
  local parts = state[2] * limit + state[3]
  local rest = math.fmod(parts, in_a_micro)
  local micros = state[1] - now + (parts - rest) / in_a_micro
  parts = rest
  if micros < 0 then micros, parts = 0, 0 end
  if beyond(micros, parts, check.depth_micros, check.depth_parts) then
    micros, parts = check.depth_micros, check.depth_parts
  end
  micros, parts = micros + check.price_micros, parts + check.price_parts
  if parts >= in_a_micro then micros, parts = micros + 1, parts - in_a_micro end
  if beyond(micros, parts, check.depth_micros, check.depth_parts) then return nil end
  rest = math.fmod(parts, limit)
  return {now + micros, (parts - rest) / limit, rest}
end

-- Whether a * b > c * d, for a and c below 2^30 and b and d below 2^45.
local function product_is_greater(a, b, c, d)
  local low = 2 ^ 22
  local function product(x, y)
    local of_low = x * math.fmod(y, low)
    local rest = math.fmod(of_low, low)
    return x * math.floor(y / low) + (of_low - rest) / low, rest
  end
  local left_high, left_low = product(a, b)
  local right_high, right_low = product(c, d)
  return left_high > right_high or (left_high == right_high and left_low > right_low)
end

local function window_after(check, state)
  local first, current, previous = state[1], state[2], state[3]
  local start = now - math.fmod(now, check.period)
  if start == first + check.period then
    current, previous = 0, current
  elseif start < first then
    previous = 0
  elseif start ~= first then
    current, previous = 0, 0
  end
  local room = check.limit - check.cost - current
  if room < 0 or product_is_greater(previous, start + check.period - now, room, check.period) then return nil end
  return {start, current + check.cost, previous}
end

local checks, reply, all = {}, {now, 1}, true
for i, key in ipairs(KEYS) do
  local at = 3 + (i - 1) * 9
  local check = {
    key = key, rule = ARGV[at], algorithm = ARGV[at + 1], limit = tonumber(ARGV[at + 2]),
    period = tonumber(ARGV[at + 3]), cost = tonumber(ARGV[at + 4]), depth_micros = tonumber(ARGV[at + 5]),
    depth_parts = tonumber(ARGV[at + 6]), price_micros = tonumber(ARGV[at + 7]), price_parts = tonumber(ARGV[at + 8]),
  }
  local state = {0, 0, 0}
  local kept = redis.call('HGET', key, check.rule)
  if kept then
    local algorithm, first, second, third = string.match(kept, '^(%a+) (%d+) (%d+) (%d+) ')
    if algorithm == check.algorithm then state = {tonumber(first), tonumber(second), tonumber(third)} end
  end
  for _, number in ipairs(state) do reply[#reply + 1] = number end
  if check.cost then
    check.after = (check.algorithm == 'bucket' and bucket_after or window_after)(check, state)
  end
  all = all and check.after ~= nil
  checks[i] = check
end
if not all then reply[2] = 0 end
if ARGV[2] == '0' or not all then return reply end

-- Rules of the caller that are asked for no more.
local function forget_old(key)
  local kept = redis.call('HGETALL', key)
  for i = 1, #kept, 2 do
    if tonumber(string.match(kept[i + 1], '%d+$')) <= now then redis.call('HDEL', key, kept[i]) end
  end
end

for _, check in ipairs(checks) do
  local after = check.after
  local over = check.algorithm == 'bucket' and after[1] + 1 or after[1] + 2 * check.period
  local added = redis.call('HSET', check.key, check.rule, table.concat(
      {check.algorithm, text(after[1]), text(after[2]), text(after[3]), text(over)}, ' '))
  -- Now and then, so that it costs little.
  if added == 1 and redis.call('HLEN', check.key) % 32 == 0 then forget_old(check.key) end
  forget_not_before(check.key, over)
end
return reply
