"""Failures that a person can do something about."""


class GatescopeError(Exception):
    """Something went wrong that one line explains: what, and what to do. Exit code 1."""


class UsageError(GatescopeError):
    """What was asked for makes no sense: one line says what would. Exit code 2."""
