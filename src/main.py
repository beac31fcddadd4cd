"""`python -m src.main`: starts the whole system as `call-center serve` does."""

from call_center.cli import serve_default

if __name__ == "__main__":
    serve_default()
