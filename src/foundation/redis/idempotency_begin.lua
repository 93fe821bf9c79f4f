-- Gives the work of a key to the caller, or says who has it or what came of it.
--
-- KEYS: the key, a hash
-- ARGV: time, fingerprint, lease in microseconds, how long a response is kept in microseconds
-- Returns: the outcome as in Idempotency::Outcome, token, end of the lease, response
local key, fingerprint = KEYS[1], ARGV[2]
local begun, in_progress, replay, mismatch = 0, 1, 2, 3
local held = redis.call('HMGET', key, 'request', 'token', 'lease_until', 'expires_at', 'response')
if held[4] and tonumber(held[4]) > now then
  if held[1] ~= fingerprint then return {mismatch, 0, 0, ''} end
  if held[5] then return {replay, 0, 0, held[5]} end
  if tonumber(held[3]) > now then return {in_progress, 0, tonumber(held[3]), ''} end
end
-- Never one that was given before, also after the key was forgotten: time goes on.
local token = math.max(now, tonumber(held[2] or -1) + 1)
local lease_until = now + tonumber(ARGV[3])
local expires_at = lease_until + tonumber(ARGV[4])
redis.call('DEL', key)
redis.call('HSET', key, 'request', fingerprint, 'token', text(token), 'lease_until', text(lease_until),
           'expires_at', text(expires_at))
forget_at(key, expires_at)
return {begun, token, lease_until, ''}
