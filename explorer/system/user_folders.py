"""The folders that the system sets aside for a user: settings, state, cache and logs of this program."""

from __future__ import annotations

import errno
from contextlib import suppress
from pathlib import Path
from typing import Final, Literal

import platformdirs

Kind = Literal["config", "state", "cache", "log"]
"""What a folder is for."""

_FINDERS: Final = {
    "config": platformdirs.user_config_path,
    "state": platformdirs.user_state_path,
    "cache": platformdirs.user_cache_path,
    "log": platformdirs.user_log_path,
}


def user_folder(kind: Kind) -> Path:
    """The folder of this kind, which need not exist yet: below XDG_…_HOME, or in the home folder.

    Raises:
        OSError: there is no home folder. (A `~` that nobody could expand would become a folder of that name.)
    """
    with suppress(RuntimeError):  # of platformdirs: there is none
        folder = _FINDERS[kind]("gatescope")
        if folder.is_absolute():
            return folder
    raise OSError(errno.ENOENT, "there is no home folder; set HOME", "~")
