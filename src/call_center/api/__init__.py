"""REST API of the call processor: telephony control for the PBX, operator summaries, health and metrics."""
