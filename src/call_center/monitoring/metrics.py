"""Prometheus metrics of the call path, observed where the thing happens.

With PROMETHEUS_MULTIPROC_DIR set (the supervisor sets it) every process writes its own memory-mapped file and the API
process adds them up; so import this module only after the environment is complete.
"""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

_TURN = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.3, 1.6, 2.0, 3.0, 4.0, 8.0)
_FINE = (0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.5, 1.0, 3.0)

CALLS_ACTIVE = Gauge("callcenter_calls_active", "Calls connected now.", multiprocess_mode="livesum")
CALLS_TOTAL = Counter("callcenter_calls_total", "Connections ended, by reason.", ["reason"])
ANNOUNCED = Counter(
    "callcenter_announced_total", "Announced dial attempts, by what the PBX was told.", ["answer"]
)
ANNOUNCE_SECONDS = Histogram("callcenter_announce_seconds", "Time to answer an announcement.", buckets=_FINE)
REJECTED = Counter(
    "callcenter_connections_rejected_total", "AudioSocket connections closed unheard.", ["reason"]
)
FIRST_AUDIO = Histogram("callcenter_first_audio_seconds", "Connect to first agent frame.", buckets=_FINE)
TURN_STAGE = Histogram("callcenter_turn_stage_seconds", "Parts of a turn.", ["stage"], buckets=_TURN)
TURN_TOTAL = Histogram(
    "callcenter_turn_seconds", "End of speech to first answer frame.", ["question"], buckets=_TURN
)
TURNS_FAILED = Counter("callcenter_turns_failed_total", "Turns that raised and were apologised for.")
INTERRUPTIONS = Counter("callcenter_interruptions_total", "Caller took the floor.", ["by"])
TRANSFERS = Counter("callcenter_transfers_total", "Calls handed to a person.", ["reason"])
FRAMES_DROPPED = Counter("callcenter_frames_dropped_total", "Frames not sent: the socket was full.")
PEER_FAULTS = Counter("callcenter_peer_faults_total", "Damaged or unknown AudioSocket frames.", ["fault"])
LOOP_STALL = Histogram("callcenter_loop_stall_seconds", "Lateness of the 20 ms audio clock.", buckets=_FINE)
WORKER_RESTARTS = Counter("callcenter_worker_restarts_total", "Child processes restarted.", ["kind", "why"])
DECODES = Histogram("callcenter_decode_seconds", "Recogniser decodes.", ["adopted"], buckets=_TURN)
BRAIN_TURNS = Counter("callcenter_brain_turns_total", "Turns by who answered: claude, fast, offline.", ["by"])
FORESEEN = Counter("callcenter_brain_foreseen_total", "Requests begun before the turn was over.", ["used"])
BRAIN_FALLBACKS = Counter("callcenter_brain_fallbacks_total", "Model turns the built-in brain took.", ["why"])
CALLS_BY_PROMPT = Counter(
    "callcenter_calls_by_prompt_total", "Calls by the prompt version they were given.", ["version"]
)
MODEL_TOKENS = Counter(
    "callcenter_model_tokens_total", "Tokens by kind; cached share = cache_read of all input.", ["kind"]
)
MODEL_COST = Counter("callcenter_model_usd_total", "Cost of the model, USD.")
MODEL_REFUSALS = Counter("callcenter_model_refusals_total", "What a model wanted and code refused.", ["what"])
MODEL_FIRST_TOKEN = Histogram(
    "callcenter_model_first_token_seconds", "Request to first token.", buckets=_TURN
)
