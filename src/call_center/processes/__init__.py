"""The process tree of `serve`: supervisor, audio workers, API, recogniser; and how they talk.

The supervisor owns the Unix socket `control.sock` (0600). Every child connects to it, says who it is, and both sides
exchange JSON lines. No call audio passes here, and no ticket is ever logged.
"""
