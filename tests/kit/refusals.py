"""A system that refuses to open a file, as a network file system or a machine with too many files does."""

from __future__ import annotations

import builtins
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from explorer.system import patience

EVERY_TIME = 10**9


@contextmanager
def refusing(path: Path, code: int, times: int = EVERY_TIME) -> Iterator[list[Path]]:
    """Have the first openings of a file or a folder fail with this error; the list gets each of them.

    Between two tries nothing waits here for more than a moment.
    """
    refused: list[Path] = []

    def refuse(name: object) -> None:
        if isinstance(name, str | os.PathLike) and Path(name) == path and len(refused) < times:
            refused.append(path)
            raise OSError(code, os.strerror(code), str(path))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(patience, "WAITS", tuple(0.001 for _ in patience.WAITS))
        for module, name in ((os, "open"), (io, "open"), (builtins, "open"), (os, "listdir")):
            real = getattr(module, name)

            def opening(given: Any = ".", *more: Any, real: Any = real, **named: Any) -> Any:
                refuse(given)
                return real(given, *more, **named)

            patch.setattr(module, name, opening)
        yield refused
