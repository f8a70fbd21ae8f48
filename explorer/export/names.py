"""What a picture's file may be called, and what it is called if nobody says."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal, get_args

from explorer.runs.errors import GatescopeError, UsageError

Format = Literal["png", "svg", "pdf", "dot"]
"""What a picture can be; `dot` is Graphviz's own source."""
FORMATS: Final[tuple[Format, ...]] = get_args(Format)


def parse_format(text: str) -> Format:
    """A format as a person writes it, in any case.

    Raises:
        UsageError: there is no such format.
    """
    for name in FORMATS:
        if name == text.lower():
            return name
    raise UsageError(f"a picture's format is {', '.join(FORMATS)}, not {text!r}")


def choose_format(asked: str | None, output: Path | None) -> Format:
    """The format that was asked for, or else the one the output's name ends in, or else png.

    Raises:
        UsageError: there is no such format.
    """
    if asked is not None:
        return parse_format(asked)
    suffix = "" if output is None else output.suffix[1:].lower()
    return parse_format(suffix) if suffix in FORMATS else "png"


def free_path(folder: Path, stem: str, kind: Format) -> Path:
    """A name in a folder, numbered where it is taken: `graph-step.png`, `graph-step-2.png`."""
    first = folder / f"{stem}.{kind}"
    path, number = first, 1
    while path.exists() or path.is_symlink():
        number += 1
        path = first.with_stem(f"{first.stem}-{number}")
    return path


def check_output(output: Path, kind: Format, *, overwrite: bool) -> None:
    """Find out what is wrong with a file's name before anything is drawn.

    Raises:
        UsageError: it ends in another format's name, or is there already.
        GatescopeError: it is a folder, or can't be looked at.
    """
    suffix = output.suffix[1:].lower()
    if suffix in FORMATS and suffix != kind:
        raise UsageError(f"{output.name} ends in .{suffix}, but the format is {kind}; change one of the two")
    try:
        folder, there = output.is_dir(), output.exists()
    except OSError as error:  # a name that is too long, or a folder that can't be looked into
        raise GatescopeError(f"cannot write {output}: {error.strerror}") from None
    if folder:
        raise GatescopeError(f"{output} is a folder; name a file in it with --output")
    if there and not overwrite:
        raise taken(output)


def taken(output: Path) -> UsageError:
    """The failure for a file that is there already."""
    return UsageError(f"{output} already exists; add --force to replace it or name another --output")
