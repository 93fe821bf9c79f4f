-- Holds a breaker open or closed, or lets it go.
--
-- ARGV: time, force as in BreakerForce
local state = load()
local forced = entered(state, closed)
forced.force, forced.since, forced.window_start = tonumber(ARGV[2]), 0, 0
keep(forced)
return 1
