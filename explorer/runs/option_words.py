"""A run's options in words, for a person to read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from explorer.runs.config import OPTIONS
from explorer.runs.data_files import data_title, is_file
from explorer.runs.holds import typed
from explorer.runs.summary import Summary
from explorer.system.errors import label
from explorer.system.path_text import text_path
from explorer.system.text import human


class Said(NamedTuple):
    """What a run has of an option."""

    name: str
    shown: str
    """What was asked for, or what that came to where it was left open."""
    asked: str | None
    """What was asked for; None: nobody asks for that."""


def options(run: Summary) -> Iterator[Said]:
    """Every option, and what an automatic one came to; the learning rate is what the run was trained with."""
    config, started = run.file.config, run.started
    for option in OPTIONS:
        value = getattr(config, option.name)
        asked = f"{value:g}" if option.kind == "float" else str(value)
        shown = None
        if option.name == "dataset":
            asked = data_title(value)
        elif option.name == "lr":
            asked = run.rates.words
        elif option.kind == "flag":
            asked = "yes" if value else "no"
        elif option.kind == "hold":
            asked = typed(value) or "nothing"
        elif value is None:
            asked = "–" if is_file(config.dataset) else "your cache"
        elif started is not None and option.name == "device" and value == "auto":
            shown = f"{started.device} (automatic)"
        elif started is not None and option.name == "threads" and value == 0:
            shown = f"{started.threads} (automatic)"
        yield Said(label(option.name), shown or asked, asked)
    if is_file(config.dataset):
        path = str(text_path(config.dataset))
        yield Said("file", path, path)
        if started is not None and started.file is not None:
            yield Said("checksum", f"{started.file.sha256} ({human(started.file.size)})", None)
