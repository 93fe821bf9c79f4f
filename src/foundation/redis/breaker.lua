-- What the scripts of breakers have in common. KEYS: the breaker, a hash of the numbers of BreakerState.
local closed, open, half_open = 0, 1, 2
local fields = {'phase', 'force', 'generation', 'since', 'window_start', 'successes', 'failures',
                'previous_successes', 'previous_failures', 'probes_out'}

-- The state, and what scripts reply: the time and the state as it was found.
local function load()
  local state, reply = {}, {now}
  local kept = redis.call('HMGET', KEYS[1], unpack(fields))
  for i, field in ipairs(fields) do
    state[field] = tonumber(kept[i] or 0)
    reply[i + 1] = state[field]
  end
  return state, reply
end

local function keep(state)
  local written = {}
  for _, field in ipairs(fields) do
    written[#written + 1] = field
    written[#written + 1] = text(state[field])
  end
  redis.call('HSET', KEYS[1], unpack(written))
  -- What an operator forced stays; all else is forgotten when nothing has changed for thirty days.
  if state.force ~= 0 then
    redis.call('PERSIST', KEYS[1])
  else
    forget_at(KEYS[1], now + 30 * 24 * 3600 * 1000000)
  end
end

local function entered(state, phase)
  return {phase = phase, force = state.force, generation = state.generation + 1, since = now, window_start = now,
          successes = 0, failures = 0, previous_successes = 0, previous_failures = 0, probes_out = 0}
end
