"""PostgreSQL and Valkey from pip wheels as child processes on loopback, for development, demo and tests."""
