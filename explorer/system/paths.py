"""Paths as a person types them, also where there is no home folder, or no working folder any more."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Final

from explorer.system.errors import UsageError

RUNS: Final = "./runs"
"""The folder of all runs where none is given."""


@cache
def _was_deleted() -> bool:
    """Whether the folder in which this program was started had been deleted: asked before it is left."""
    try:
        os.getcwd()
    except OSError:
        return True
    return False


def leave_deleted_folder() -> None:
    """Go to `/` if the working folder has been deleted: some libraries, MKL for one, fail in such a folder.

    What is absolute works from there; `absolute` refuses the rest, which would now mean something else.
    """
    if _was_deleted():
        os.chdir("/")


def absolute(typed: str) -> Path:
    """A file or a folder as it was typed, made absolute.

    Raises:
        UsageError: it begins with the home folder of a user who has none, or the working folder is gone.
    """
    try:
        path = Path(typed).expanduser()
    except RuntimeError:
        user = typed.partition("/")[0]
        raise UsageError(f"{typed!r}: {_homeless(user)}; write the whole path") from None
    if path.is_absolute():
        return path
    cure = "add --runs-dir with a whole path" if typed == RUNS else "name whole paths"
    gone = f"the working folder was deleted, so {typed!r} is nowhere; cd to another one, or {cure}"
    if _was_deleted():
        raise UsageError(gone)
    try:
        return path.absolute()
    except OSError:
        raise UsageError(gone) from None


def _homeless(user: str) -> str:
    """Why `~` or `~USER` names no folder."""
    return "you have no home folder, as HOME isn't set" if user == "~" else f"there is no user {user[1:]!r}"
