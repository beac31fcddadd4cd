"""The call in real time: AudioSocket codec, server, pacer, voice activity, floor, session, journal.

Nothing here imports another room of `call_center`; what it needs from them are the protocols of `ports`.
"""
