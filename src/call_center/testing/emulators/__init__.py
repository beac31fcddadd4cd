"""Emulators of providers: real servers that speak a provider's wire protocol, for tests and for development."""
