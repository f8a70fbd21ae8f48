"""How wide a text is in print, what of it fits, and which font has its characters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from itertools import islice
from typing import Final

from matplotlib import rcParams
from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font
from matplotlib.textpath import text_to_path

from explorer.export.fonts import FAMILIES
from explorer.system.text import one_line, printable, shorten

SIZE: Final = 7.0
"""The size of all text, in points: the smallest that journals take."""
LINE: Final = 0.125
"""From one line of text to the next, in inches: 9 points."""
LONGEST: Final = 1.2
"""The most that a class's name takes, in inches."""

_OURS: Final = tuple(FAMILIES.split(","))
_FINE: Final = 1000
"""Parts of an inch in which the width of text is counted, where whole numbers are needed."""


def width_of(text: str) -> float:
    """How wide a line of text is, in inches."""
    return _points(text, tuple(rcParams["font.family"])) / 72


def fitted(text: str, room: float) -> str:
    """Text that is at most `room` inches wide; what is too long loses its middle."""
    if width_of(text) <= room:
        return text
    return shorten(text, 1 + int((room - width_of("…")) * _FINE), _cells)  # which counts the … as 1


def lines_of(parts: Iterable[str], room: float) -> list[str]:
    """Parts as lines at most `room` inches wide, with `·` between those that share a line."""
    lines: list[str] = []
    for part in parts:
        longer = f"{lines[-1]} · {part}" if lines else part
        if lines and width_of(longer) <= room:
            lines[-1] = longer
        else:
            lines.append(fitted(part, room))
    return lines


def families_for(text: str) -> list[str]:
    """The font families for a text: ours, and one of the system's for what ours lacks, if there is one.

    matplotlib comes with the font that `assets/fonts` has, in upright and oblique: on every machine a figure
    is the same, unless a run or a class has a name in another script.
    """
    lacking = _lacking(text, _OURS[:1])
    others = (font.name for font in fontManager.ttflist if _has(font.fname, lacking))
    return [*_OURS, *islice(others, 1 if lacking else 0)]


def names_of(names: Sequence[str], count: int) -> tuple[list[str], str]:
    """The names of classes as they are drawn, and what the axis that has them is called.

    Without names, or where no font has their characters, classes are numbers: boxes would tell nothing.
    """
    known = [printable(one_line(name)) for name in names]
    if len(known) != count or _lacking("".join(known), rcParams["font.family"]):
        return [str(number) for number in range(count)], "class, by number"
    return [fitted(name, LONGEST) for name in known], "class"


def _lacking(text: str, families: Iterable[str]) -> set[int]:
    """The characters of a text that no font of these families has."""
    files = (findfont(FontProperties(family=[family])) for family in families)
    return set(map(ord, text)).difference(*(_characters(str(file)) for file in files))


def _has(file: str, characters: set[int]) -> bool:
    """Whether a font has these characters, and any size; the last resort has a box for every character."""
    try:
        return "LastResort" not in file and characters <= _characters(file) and get_font(file).scalable
    except (OSError, RuntimeError):  # it is damaged, or gone
        return False


@lru_cache(1 << 12)
def _points(text: str, families: tuple[str, ...]) -> float:
    """How wide a line of text is in fonts of these families, in points."""
    font = FontProperties(family=list(families), size=SIZE)
    return text_to_path.get_text_width_height_descent(text, font, False)[0]


@cache
def _characters(file: str) -> frozenset[int]:
    """The characters of a font."""
    return frozenset(get_font(file).get_charmap())


def _cells(text: str) -> int:
    """How far apart are what is before a text and what is after it, in parts of an inch."""
    return round((width_of(f"|{text}|") - width_of("||")) * _FINE)
