"""The formats and names of exported files: checks of what was asked for, and defaults."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from explorer.export.wanted import Wanted
from explorer.protocol.exports import DATA, PICTURES, TABLES
from explorer.runs.folder import RunFolder
from explorer.system.errors import GatescopeError, UsageError
from explorer.system.outputs import STANDARD_OUTPUT, is_special

_ALL: Final = (*PICTURES, *DATA, *TABLES)
_BINARY: Final = ("png", "pdf", "npz", "parquet")


def parse_format(text: str, formats: Sequence[str] = PICTURES) -> str:
    """Read one of some formats as a person types it, in upper or lower case.

    Raises:
        UsageError: there is no such format.
    """
    if text.lower() in formats:
        return text.lower()
    raise UsageError(f"the format is {_either(formats)}, not {text!r}")


def choose_format(asked: str | None, output: Path | None, formats: Sequence[str] = PICTURES) -> str:
    """The requested format, or else the one that the output's name ends in, or else the first.

    Raises:
        UsageError: there is no such format.
    """
    if asked is not None:
        return parse_format(asked, formats)
    if output is None or not (ending := _ending(output)):
        return formats[0]
    if ending not in formats:
        endings = _either([f".{name}" for name in formats])
        raise UsageError(f"{output.name} ends in .{ending}; here a name ends in {endings}")
    return ending


def _either(names: Sequence[str]) -> str:
    """`png, svg or pdf`."""
    return f"{', '.join(names[:-1])} or {names[-1]}"


def _ending(output: Path) -> str:
    """What a file's name ends in, without the dot and in lower case; empty if it has no ending.

    The name of a device or a pipe may end in anything.
    """
    ending = output.suffix[1:].lower()
    return ending if ending in _ALL or not is_special(output) else ""


def complete(output: Path, kind: str) -> Path:
    """A file's name with its format's ending added if it has none; any other's is left as it is."""
    if output == STANDARD_OUTPUT or _ending(output) or os.path.isdir(output) or is_special(output):
        return output
    return output.with_name(f"{output.name}.{kind}")


def free_path(folder: Path, stem: str, kind: str) -> Path:
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


def check_output(output: Path, kind: str, *, overwrite: bool) -> None:
    """Check a file's name before anything is drawn.

    Raises:
        UsageError: its ending is not the format's, it is a folder, it exists already, or the terminal can't
            show the format.
        GatescopeError: it can't be accessed.
    """
    if output == STANDARD_OUTPUT:
        if kind in _BINARY and sys.stdout.isatty():
            raise UsageError(f"a {kind} isn't for a terminal; redirect it: --output - >FILE.{kind}")
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
        raise UsageError(f"{output} is a folder; name a file in it with --output")
    if exists and not overwrite and (not is_special(output) or output.is_block_device()):
        raise taken(output)


def taken(output: Path) -> UsageError:
    """The error for a file that exists already."""
    return UsageError(f"{output} already exists; add --force to replace it or name another --output")


def make_exports(folder: RunFolder) -> None:
    """Create the run's own folder of exports, private to its owner.

    Raises:
        GatescopeError: it can't be created, or is a symbolic link.
    """
    try:
        folder.exports.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise GatescopeError(f"can't make the folder {folder.exports}: {error.strerror}") from None
    if folder.exports.is_symlink():
        raise GatescopeError(f"{folder.exports} is a symbolic link; name a file with --output")


def find_target(folder: RunFolder, wanted: Wanted, stem: str, formats: Sequence[str]) -> tuple[Path, str]:
    """Where an export goes, and in which format; checked before anything takes time.

    Args:
        folder: the run.
        wanted: what is asked for.
        stem: the name of a file in the run's `exports/`, without its ending; a number is added to it if it is
            taken, unless it may be replaced.
        formats: those that it can have, the default first.

    Raises:
        UsageError: an unknown format, a file whose name contradicts it, one that exists already, or one in no
            folder.
        GatescopeError: it can't be written there.
    """
    output = wanted.output
    kind = choose_format(wanted.kind, output, formats)
    if output is not None:
        target = complete(output, kind)
    elif wanted.force:
        target = folder.exports / f"{stem}.{kind}"
    else:
        target = free_path(folder.exports, stem, kind)
    check_output(target, kind, overwrite=wanted.force)
    if output is None:
        make_exports(folder)
    else:
        require_folder(target)
    return target, kind
