"""The error of this package: one line that says what is wrong and what to do about it."""


class ServicesError(Exception):
    """An embedded server could not be prepared, started or reached."""
