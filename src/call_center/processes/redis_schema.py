"""What stands in Redis, and the scripts that change it; every change is one atomic script.

    call:{id}      hash, field "epoch.seq" -> journal line: what resuming needs; gone KEEP_S after its last entry
    epoch:{id}     the newest epoch of a call, raised by every take-over
    lease:{id}     "owner#epoch" of the call's one writer, expires unless it is renewed
    outbox:{n}     stream of {entry: journal line}, for PostgreSQL; a call is always in the same one of SHARDS
    spool:{name}   how many bytes of a spool file have been forwarded

Forwarding compares and moves `spool:{name}` in the same script that stores the entries, so a batch counts once however
often it is sent, and a server that lost its last second lost the entries and the offset together. The scripts make
key names from call ids: one Redis (or a primary with replicas), not a sharded cluster.
"""

from __future__ import annotations

from zlib import crc32

SHARDS = 8
KEEP_S = 1800  # after the last entry of a call; a live call writes at least every 10 s
EPOCH_KEEP_S = 86_400
SPOOL_KEEP_S = 14 * 86_400  # longer than any spool file is kept


def shard_of(call_id: str) -> int:
    """The outbox of a call."""
    return crc32(call_id.encode()) % SHARDS


def outbox(shard: int) -> str:
    """The key of an outbox."""
    return f"outbox:{shard}"


def spool_key(name: str) -> str:
    """The key of a spool file's offset."""
    return f"spool:{name}"


def call_key(call_id: str) -> str:
    """The key of a call's entries."""
    return f"call:{call_id}"


# KEYS: spool. ARGV: from, to, seconds calls are kept, seconds the offset is kept; then call, "epoch.seq", shard, line.
# Returns the offset that is stored: `to`, or what another forwarder (or a restored server) knows.
FORWARD = """
local at = tonumber(redis.call('GET', KEYS[1]) or '0')
if at ~= tonumber(ARGV[1]) then return at end
for i = 5, #ARGV, 4 do
  local call = 'call:' .. ARGV[i]
  if redis.call('HSETNX', call, ARGV[i + 1], ARGV[i + 3]) == 1 then
    redis.call('XADD', 'outbox:' .. ARGV[i + 2], '*', 'entry', ARGV[i + 3])
  end
  redis.call('EXPIRE', call, ARGV[3])
end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[4])
return tonumber(ARGV[2])
"""

# KEYS: lease, epoch. ARGV: owner, lease ms, newest epoch known elsewhere, seconds the epoch is kept, dead owners...
# Returns {epoch, ""} or {0, holder}.
TAKE = """
local held = redis.call('GET', KEYS[1])
if held then
  local holder = string.match(held, '^(.*)#%d+$')
  local free = holder == ARGV[1]
  for i = 5, #ARGV do free = free or holder == ARGV[i] end
  if not free then return {0, holder or held} end
end
local epoch = math.max(tonumber(redis.call('GET', KEYS[2]) or '0'), tonumber(ARGV[3])) + 1
redis.call('SET', KEYS[2], epoch, 'EX', ARGV[4])
redis.call('SET', KEYS[1], ARGV[1] .. '#' .. epoch, 'PX', ARGV[2])
return {epoch, ''}
"""

# ARGV: owner, lease ms, seconds the epoch is kept; then call, epoch. Returns 1 (ours) or 0 (stale) for each.
# A lease that expired, or that a restarted server lost, is ours again unless the epoch went on.
RENEW = """
local out = {}
for i = 4, #ARGV, 2 do
  local lease, counter, epoch = 'lease:' .. ARGV[i], 'epoch:' .. ARGV[i], tonumber(ARGV[i + 1])
  local mine = ARGV[1] .. '#' .. ARGV[i + 1]
  local held = redis.call('GET', lease)
  if held == mine or (not held and tonumber(redis.call('GET', counter) or '0') <= epoch) then
    redis.call('SET', lease, mine, 'PX', ARGV[2])
    redis.call('SET', counter, ARGV[i + 1], 'EX', ARGV[3])
    out[#out + 1] = 1
  else
    out[#out + 1] = 0
  end
end
return out
"""

# KEYS: lease. ARGV: "owner#epoch".
RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"
