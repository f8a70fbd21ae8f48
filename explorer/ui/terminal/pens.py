"""How a character is drawn, and the fewest bytes that take a terminal from one style to another."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache


@dataclass(frozen=True, slots=True, eq=False)
class Pen:
    """Attributes and colours, as the parameters of an SGR sequence (ECMA-48, 8.3.117); "" is the default.

    Equal pens are one object (`_intern`), so they are compared by identity.
    """

    attributes: str = ""
    """Bold, reverse and the like, in the order in which they were set: `1;7`."""
    foreground: str | None = ""
    """`31` or `38;2;r;g;b`; None where it can't be seen, as in a space."""
    background: str = ""
    """`41` or `48;2;r;g;b`."""


_VISIBLE_IN_SPACES = {"4", "7", "9", "21", "53"}
"""Attributes that are visible in a space: underlines, reverse, strikethrough, overline."""


@cache
def parse_sgr(parameters: str) -> Pen:
    """The pen that an SGR sequence with these parameters makes of a plain one; equal pens are one object."""
    attributes: list[str] = []
    foreground = background = ""
    numbers = iter(parameters.split(";") if parameters else ())
    for number in numbers:
        if number in ("38", "48"):
            kind = next(numbers, "")
            rest = [next(numbers, "0") for _ in range(3 if kind == "2" else 1)]
            colour = ";".join([number, kind, *rest])
            foreground, background = (colour, background) if number == "38" else (foreground, colour)
        elif number == "39":
            foreground = ""
        elif number == "49":
            background = ""
        elif len(number) > 1 and number[:-1] in ("3", "9"):
            foreground = number
        elif len(number) > 1 and number[:-1] in ("4", "10"):
            background = number
        else:
            attributes = [one for one in attributes if one != number] + [number]
    return _intern(";".join(attributes), foreground, background)


@cache
def blank(pen: Pen) -> Pen:
    """The pen for spaces: where a foreground can't be seen, none is set."""
    if _VISIBLE_IN_SPACES.intersection(pen.attributes.split(";")):
        return pen
    return _intern("", None, pen.background)


@cache
def swapped(pen: Pen) -> Pen | None:
    """The pen with foreground and background swapped: `▀` in one looks like `▄` in the other.

    None unless both are of the kinds `38` and `48`.
    """
    if not pen.foreground or not pen.foreground.startswith("38") or not pen.background.startswith("48"):
        return None
    return _intern(pen.attributes, "3" + pen.background[1:], "4" + pen.foreground[1:])


@lru_cache(8192)
def transition(before: Pen, after: Pen) -> tuple[str, Pen]:
    """The shortest way from one pen to another.

    Returns:
        The SGR sequence that sets what differs, empty when nothing does; and the pen that the terminal
        has then: a foreground that can't be seen stays what it was.
    """
    foreground = after.foreground
    if before.attributes != after.attributes:
        everything = ("0", after.attributes, foreground or "", after.background)
        now = _intern(after.attributes, foreground or "", after.background)
        return f"\x1b[{';'.join(filter(None, everything))}m", now
    parts = []
    if foreground is None:
        foreground = before.foreground
    elif foreground != before.foreground:
        parts.append(foreground or "39")
    if after.background != before.background:
        parts.append(after.background or "49")
    sequence = f"\x1b[{';'.join(parts)}m" if parts else ""
    return sequence, _intern(after.attributes, foreground, after.background)


@cache
def _intern(attributes: str, foreground: str | None, background: str) -> Pen:
    """The one object for these values."""
    return Pen(attributes, foreground, background)


PLAIN = _intern("", "", "")
"""The pen after a reset."""
