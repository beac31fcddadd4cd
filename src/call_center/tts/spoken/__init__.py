"""Spoken Ukrainian: typed renderers and the safety-net normaliser. Pure, synchronous, no I/O but a table read at import."""
