"""Paths as text that may go into JSON and msgpack, and back, whatever bytes they consist of.

On Linux a name is bytes. Python has a str for any of them, with surrogates for those that are no UTF-8 (a
folder from an old system, its é one byte, E9), and neither format takes surrogates.
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote_from_bytes, unquote_to_bytes

_URI = "file://"


def path_text(path: Path) -> str:
    """A path as text: as it is, or, if it is no UTF-8, absolute and as a URI, `file:///home/caf%E9`."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return _URI + quote_from_bytes(os.fsencode(path.absolute()))
    return str(path)


def text_path(text: str) -> Path:
    """The path that `path_text` gave as text; any other text is a path as it stands."""
    if text.startswith(_URI + "/"):
        return Path(os.fsdecode(unquote_to_bytes(text.removeprefix(_URI))))
    return Path(text)
