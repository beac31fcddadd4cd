"""The demo call: a scripted person, the system it rings, and the check that what was told is the store's."""
