"""A run's options in words, for a person to read."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.runs.config import OPTIONS, Config
from explorer.runs.data_files import data_title, is_file
from explorer.runs.events import RunStarted
from explorer.runs.holds import typed
from explorer.system.errors import label
from explorer.system.path_text import text_path
from explorer.system.text import human


def options(config: Config, started: RunStarted | None) -> Iterator[tuple[str, str]]:
    """Every option, and what an automatic one came to."""
    for option in OPTIONS:
        value = getattr(config, option.name)
        shown = f"{value:g}" if option.kind == "float" else str(value)
        if option.name == "dataset":
            shown = data_title(value)
        elif option.kind == "flag":
            shown = "yes" if value else "no"
        elif option.kind == "hold":
            shown = typed(value) or "nothing"
        elif value is None:
            shown = "–" if is_file(config.dataset) else "your cache"
        elif started is not None and option.name == "device" and value == "auto":
            shown = f"{started.device} (automatic)"
        elif started is not None and option.name == "threads" and value == 0:
            shown = f"{started.threads} (automatic)"
        yield label(option.name), shown
    if is_file(config.dataset):
        yield "file", str(text_path(config.dataset))
        if started is not None and started.file is not None:
            yield "checksum", f"{started.file.sha256} ({human(started.file.size)})"
