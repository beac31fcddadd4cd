"""The synthetic caller: an AudioSocket client that behaves as Asterisk would, speaks, listens and measures."""
