"""Call Center AI: a telephone agent for a Ukrainian online tyre shop.

One room per concern; `pyproject.toml` ([tool.importlinter]) says which room may import which.
"""
