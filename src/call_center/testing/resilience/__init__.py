"""Orders by voice while processes die: a caller at a SIP telephone, the moments of death, the judge of what came of it.

`person` answers what the agent's journal says it asked, `moments` says when to kill, `call` runs one order, `judge` is
pure. `store` is the shop with its test port. Used by `tests/e2e/test_kills.py` and `bench/kills.py`.
"""
