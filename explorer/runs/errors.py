"""Failures that a person can do something about."""


class GatescopeError(Exception):
    """A failure that one line explains: what went wrong, and what to do. Exit code 1."""


class UsageError(GatescopeError):
    """A request that makes no sense; one line says what would. Exit code 2."""
