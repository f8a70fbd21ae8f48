"""Text from files and errors, made fit for one line and for a terminal."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from string import ascii_uppercase
from typing import Final


def one_line(text: str) -> str:
    """Any text as one line that can be written: no line breaks, and no lone surrogates."""
    return " ".join(text.encode("utf-8", "replace").decode().split())


def reason(error: BaseException) -> str:
    """Why something failed, in one printable line: the error's message, or else its type.

    A library may quote what it read: safetensors does, control characters included.
    """
    return printable(one_line(str(error))) or type(error).__name__


def moment(seconds: float) -> str:
    """A time in seconds since 1970 as this machine's local time: `24 Nov 09:41`."""
    try:
        return time.strftime("%d %b %H:%M", time.localtime(seconds))
    except (OverflowError, ValueError, OSError):  # from a damaged file
        return "at no time"


_ONE_WIDTH: Final[Mapping[int, str]] = {
    **dict.fromkeys((*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0), *range(0x1F3FB, 0x1F400)), ""),
    **{0x1F1E6 + index: letter for index, letter in enumerate(ascii_uppercase)},
}
"""What stands for characters of which no two terminals agree how wide they are: variation selectors and skin
tones change how the one before them looks, so nothing; two of the others are a flag, so its letters."""


def printable(text: str) -> str:
    """Text from a file, without what a terminal could take as a command; equally wide in all of them."""
    text = text if text.isascii() else text.translate(_ONE_WIDTH)
    return "".join(character if character.isprintable() else "�" for character in text)


def shorten(text: str, room: int, cells: Callable[[str], int]) -> str:
    """Text that fits into `room` cells; what is too long loses its middle: `lstm-2026…-the-end`.

    Args:
        text: what may be too long.
        room: in cells.
        cells: how many a text takes: a character of Chinese two, an accent none, which stays with its letter.
    """
    if cells(text) <= room:
        return text
    letters: list[str] = []
    for character in text:
        if letters and not cells(character):
            letters[-1] += character
        else:
            letters.append(character)
    end = _fitting(letters[::-1], (room - 1) // 2, cells)[::-1]
    begin = _fitting(letters, room - 1 - sum(map(cells, end)), cells)
    return "".join([*begin, "…", *end]) if room > 0 else ""


def _fitting(letters: Sequence[str], room: int, cells: Callable[[str], int]) -> list[str]:
    """The first letters that fit into so many cells."""
    widths = accumulate(map(cells, letters))
    return [letter for letter, needed in zip(letters, widths, strict=True) if needed <= room]


def human(size: int) -> str:
    """The size of a file or a folder for a person: `812 bytes`, `34 KB`, `1.2 MB`."""
    if size < 1000:
        return "1 byte" if size == 1 else f"{size} bytes"
    return f"{size / 1000:.0f} KB" if size < 1e6 else f"{size / 1e6:,.1f} MB"


def clock(seconds: float | None) -> str:
    """A duration: `0:42`, `1:02:03`; `–:––` if it isn't known."""
    if seconds is None:
        return "–:––"
    minutes, rest = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def loss_text(value: float | None, decimals: int = 3) -> str:
    """A loss in at most 7 characters: `0.123`, `12.3`, `1234`, `1.2e12`; `–` if it isn't known.

    Args:
        value: the loss; None, and NaN, aren't known.
        decimals: how many, at most 4, from 0.001 to 10.
    """
    if value is None or math.isnan(value):
        return "–"
    size = abs(value)
    if size == math.inf:
        return f"{value}"
    if size == 0 or 0.001 <= size < 9.999:
        return f"{value + 0.0:.{decimals}f}"
    if 1 <= size < 9999.5:
        return f"{value:.0f}" if size >= 99.95 else f"{value:.1f}"
    texts = (f"{value:.{digits}e}".split("e") for digits in (1, 0))
    long, short = (f"{mantissa}e{int(exponent)}" for mantissa, exponent in texts)
    return long if len(long) <= 7 else short
