-- Lets a probe out if it is time. The decisions are those of ask() in breaker_rule.cc.
--
-- ARGV: time, '1' to let it out or '0' to look, open_for, probes, probe_time
-- Returns: time and the state as it was found
local state, reply = load()
local open_for, probes, probe_time = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
if ARGV[2] == '0' or state.force ~= 0 or state.phase == closed then return reply end

-- A time ahead means that the clock was set back.
if state.since > now then state.since = now end
if state.phase == open then
  if now - state.since >= open_for then state = entered(state, half_open) end
end
if state.phase == half_open then
  if state.probes_out > 0 and now - state.since >= probe_time then state.probes_out = 0 end
  if state.probes_out < probes then
    if state.probes_out == 0 then state.since = now end
    state.probes_out = state.probes_out + 1
  end
end
for i, field in ipairs(fields) do
  if state[field] ~= reply[i + 1] then
    keep(state)
    break
  end
end
return reply
