"""Failures that a person can do something about."""


class GatescopeError(Exception):
    """A failure that one line explains: what went wrong, and what to do. Exit code 1."""


class UsageError(GatescopeError):
    """A request that makes no sense; one line says what would. Exit code 2."""


class OptionError(UsageError):
    """A value that an option doesn't take: as the command line says it, and as a form does."""

    def __init__(self, field: str, message: str, in_form: str) -> None:
        """Describe the failure twice.

        Args:
            field: the option's name, `name` for the name of a run.
            message: the line for the command line; it names the flag.
            in_form: the line for the form; it names the field.
        """
        super().__init__(message)
        self.field = field
        """The field to correct."""
        self.in_form = f"{label(field)}: {in_form}"
        """What is wrong, in one line, as a form says it."""


class Cancelled(Exception):
    """Nobody waits for the result any more."""


def flag(name: str) -> str:
    """How the command line spells an option: `--batch-size`."""
    return "--" + name.replace("_", "-")


def label(name: str) -> str:
    """How a form calls an option: `batch size`."""
    return name.replace("_", " ")
