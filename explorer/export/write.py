"""Writing an export, whatever it is: whole or not at all."""

from __future__ import annotations

from pathlib import Path

from explorer.export.names import taken
from explorer.system.errors import GatescopeError
from explorer.system.files import Content
from explorer.system.outputs import STANDARD_OUTPUT, write_output


def write_export(output: Path, content: Content, *, overwrite: bool = False, private: bool = False) -> None:
    """Write a file, whole or not at all, or standard output.

    Args:
        output: the file; its folder is created if it doesn't exist. Or `STANDARD_OUTPUT`.
        content: what to write.
        overwrite: whether to replace an existing file.
        private: whether the file is private to its owner, like everything in a run's folder.

    Raises:
        UsageError: the file exists already.
        GatescopeError: it can't be written.
    """
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise GatescopeError(f"can't make the folder {output.parent}: {error.strerror}") from None
    try:
        write_output(output, content, replace=overwrite, mode=0o600 if private else 0o666)
    except FileExistsError:
        raise taken(output) from None
    except OSError as error:
        name = "to standard output" if output == STANDARD_OUTPUT else output
        raise GatescopeError(f"can't write {name}: {error.strerror}") from None


def written(output: Path) -> str:
    """How a message names where an export went."""
    return "standard output" if output == STANDARD_OUTPUT else str(output)
