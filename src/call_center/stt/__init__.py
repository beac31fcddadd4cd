"""Ears: speech to text behind the `Ears`/`EarStream` protocols of `core.ports`.

The offline engine is Whisper base (int8, CTranslate2) in a process of its own (`python -m call_center.stt.server`);
calls reach it over a Unix socket through `client.WhisperEars`. Weights are data fetched by `install.ensure_model`,
pinned by SHA-256 in `pins`. Everything that judges audio or text (`activity`, `gates`) is pure.
"""
