"""The synthetic caller: an AudioSocket client that behaves as Asterisk would, speaks, listens and measures.

`leg` is the call without I/O, `connection` drives it over TCP, `synthetic` decides when to speak, `heard` links what
was received to the words of the agent's journal. Nothing here imports the agent: it works against any server.
"""
