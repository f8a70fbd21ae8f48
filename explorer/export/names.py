"""The formats and names of pictures: checks of what was asked for, and defaults."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final, Literal, get_args

from explorer.runs.errors import GatescopeError, UsageError
from explorer.runs.outputs import STANDARD_OUTPUT, is_special

Format = Literal["png", "svg", "pdf", "dot"]
"""The formats of a picture; `dot` is Graphviz's own source."""
FORMATS: Final[tuple[Format, ...]] = get_args(Format)
_BINARY: Final = ("png", "pdf")


def parse_format(text: str) -> Format:
    """Read a format as a person types it, in upper or lower case.

    Raises:
        UsageError: there is no such format.
    """
    for name in FORMATS:
        if name == text.lower():
            return name
    raise UsageError(f"a picture's format is {', '.join(FORMATS[:-1])} or {FORMATS[-1]}, not {text!r}")


def choose_format(asked: str | None, output: Path | None) -> Format:
    """The requested format, or else the one that the output's name ends in, or else png.

    Raises:
        UsageError: there is no such format.
    """
    if asked is not None:
        return parse_format(asked)
    if output is None or not (ending := _ending(output)):
        return "png"
    if ending not in FORMATS:
        endings = f"{', '.join(f'.{name}' for name in FORMATS[:-1])} or .{FORMATS[-1]}"
        raise UsageError(f"{output.name} ends in .{ending}; a picture's name ends in {endings}")
    return parse_format(ending)


def _ending(output: Path) -> str:
    """What a file's name ends in, without the dot and in lower case; empty if it has no ending.

    The name of a device or a pipe may end in anything.
    """
    ending = output.suffix[1:].lower()
    return ending if ending in FORMATS or not is_special(output) else ""


def complete(output: Path, kind: Format) -> Path:
    """A file's name with its format's ending added if it has none; any other's is left as it is."""
    if output == STANDARD_OUTPUT or _ending(output) or os.path.isdir(output) or is_special(output):
        return output
    return output.with_name(f"{output.name}.{kind}")


def free_path(folder: Path, stem: str, kind: Format) -> Path:
    """A free name in a folder, numbered if it is taken: `graph-step.png`, `graph-step-2.png`."""
    first = folder / f"{stem}.{kind}"
    path, number = first, 1
    while path.exists() or path.is_symlink():
        number += 1
        path = first.with_stem(f"{first.stem}-{number}")
    return path


def require_folder(output: Path) -> None:
    """Check that the folder of a file that a person named is there: a typing error must not make one.

    Raises:
        UsageError: it isn't.
    """
    if not os.path.isdir(output.parent):
        raise UsageError(f"there is no folder {output.parent}; make it first, or choose another")


def check_output(output: Path, kind: Format, *, overwrite: bool) -> None:
    """Check a file's name before anything is drawn.

    Raises:
        UsageError: its ending is not the format's, it exists already, or the terminal can't show the format.
        GatescopeError: it is a folder, or can't be accessed.
    """
    if output == STANDARD_OUTPUT:
        if kind in _BINARY and sys.stdout.isatty():
            raise UsageError(f"a {kind} isn't for a terminal; redirect it: --output - >graph.{kind}")
        return
    if _ending(output) not in ("", kind):
        raise UsageError(
            f"{output.name} ends in .{_ending(output)}, but the format is {kind}; change one of the two"
        )
    try:
        folder, exists = output.is_dir(), output.exists()
    except OSError as error:  # the name is too long, or its folder can't be accessed
        raise GatescopeError(f"can't write {output}: {error.strerror}") from None
    if folder:
        raise GatescopeError(f"{output} is a folder; name a file in it with --output")
    if exists and not overwrite and (not is_special(output) or output.is_block_device()):
        raise taken(output)


def taken(output: Path) -> UsageError:
    """The error for a file that exists already."""
    return UsageError(f"{output} already exists; add --force to replace it or name another --output")
