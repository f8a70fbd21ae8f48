"""The font that ships with the program, for every picture with text: DejaVu Sans, in `assets/fonts`.

A slim container has no fonts, and each machine has others. With one of our own, a picture's text is never a
row of empty boxes, and a picture is the same everywhere. The font is whole, 740 KB: a smaller one would lack
the letters, arrows and signs of mathematics that a run's name or a figure may have.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from explorer.system.errors import GatescopeError

FAMILIES: Final = "DejaVu Sans,Verdana,sans-serif"
"""The font as an SVG names it. Verdana's letters are as wide: the text fits its boxes there, too."""
FILE: Final = "DejaVuSans.ttf"
"""The font's file."""

ASSETS: Final = (
    Path(__file__).parents[1] / "assets",  # in a wheel: inside the package `explorer`
    Path(__file__).parents[2] / "assets",  # in a source checkout: beside it
)
"""The folders where `fonts/` may be; the first that has it is used."""

_OTHERS = re.compile("[^\0-\u058f\u1e00-\u2bff]")
"""Characters that the font may lack: it has Latin, Greek, Cyrillic, Armenian, and the common signs."""


@contextmanager
def font_for(text: str) -> Iterator[dict[str, str]]:
    """The environment of a process that draws this text by fontconfig, with our font.

    The font is alone there, unless the text has characters that it may lack: then the system's fonts are
    asked for those. fontconfig gets a temporary folder with a link to the font, because it writes a file
    beside each font; and it finds this folder by a variable, because a path in a configuration, which is
    XML, can't have any bytes.

    Raises:
        GatescopeError: the font is missing.
        OSError: there is no room for temporary files.
    """
    fonts = next((assets / "fonts" for assets in ASSETS if (assets / "fonts" / FILE).is_file()), None)
    if fonts is None:
        missing = ASSETS[-1] / "fonts" / FILE
        raise GatescopeError(f"a file shipped with gatescope is missing: {missing}; reinstall gatescope")
    configuration = "first.conf" if _OTHERS.search(text) else "alone.conf"
    with tempfile.TemporaryDirectory(prefix="gatescope-") as folder:
        linked = Path(folder) / "fonts" / FILE
        linked.parent.mkdir()
        linked.symlink_to(fonts / FILE)
        yield {
            **{name: value for name, value in os.environ.items() if not name.startswith("FONTCONFIG_")},
            "FONTCONFIG_FILE": str(fonts / configuration),
            "XDG_DATA_HOME": folder,
            "XDG_CACHE_HOME": folder,
        }
