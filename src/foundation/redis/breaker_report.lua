-- Counts how a call ended. The decisions are those of report() in breaker_rule.cc.
--
-- ARGV: time, generation, '1' for success or '0', window, minimum_calls, failure_percent, probes
-- Returns: time and the state as it was found
local state, reply = load()
local success, window, minimum_calls = ARGV[3] == '1', tonumber(ARGV[4]), tonumber(ARGV[5])
local failure_percent, probes = tonumber(ARGV[6]), tonumber(ARGV[7])
if state.force ~= 0 or text(state.generation) ~= ARGV[2] or state.phase == open then return reply end

local function turn_window()
  local age = now - state.window_start
  if age < window then return end
  local following = age < 2 * window
  state.previous_successes = following and state.successes or 0
  state.previous_failures = following and state.failures or 0
  state.successes, state.failures = 0, 0
  state.window_start = following and state.window_start + window or now
end

local function failing()
  local failures = state.failures + state.previous_failures
  local calls = failures + state.successes + state.previous_successes
  return calls >= minimum_calls and failures * 100 >= calls * failure_percent
end

if state.phase == half_open then
  if success then
    state.probes_out = math.max(state.probes_out - 1, 0)
    state.successes = state.successes + 1
    if state.successes >= probes then state = entered(state, closed) end
  else
    state = entered(state, open)
  end
else
  turn_window()
  local counted = success and 'successes' or 'failures'
  state[counted] = state[counted] + 1
  if not success and failing() then state = entered(state, open) end
end
keep(state)
return reply
