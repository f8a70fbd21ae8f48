"""The bytes that a terminal sends, as characters; which of them are controls of eight bits (ECMA-48, 5.3).

A terminal in 8-bit mode, or one that was asked for it, sends `0x9b` for `ESC [`. In UTF-8 such a byte on its
own is invalid; decoded as such, it was lost, and what followed acted as keys: `0x9b 1;2p` paused a training.
"""

from __future__ import annotations

import re
import time
from codecs import getincrementaldecoder
from typing import Final

_RAW: Final = 0xDC00
"""What is added to a byte that isn't UTF-8, to have a character for it (`surrogateescape`)."""
_REST: Final = {_RAW + byte: "\ufffd" for byte in range(0xA0, 0x100)}
"""All other bytes that aren't UTF-8 are one character, which means nothing."""
_TORN: Final = re.compile("([\udcc2-\udcf4])([\udc80-\udcbf]{0,2})(?=\x1b)")
"""The beginning of a character, and an escape instead of its rest: a reply may come in the middle of one. Its
bytes, from 0x80 to 0xbf, are no controls."""
_LATE: Final = re.compile("[\udc80-\udcbf]")
_PATIENCE: Final = 1.0
"""Seconds within which the rest may come."""
_SEVEN_BITS: Final = {
    0x8F: "O",
    0x90: "P",
    0x98: "X",
    0x9B: "[",
    0x9C: "\\",
    0x9D: "]",
    0x9E: "^",
    0x9F: "_",
}
"""SS3, DCS, SOS, CSI, ST, OSC, PM, APC: what stands behind an escape in the form of seven bits."""

CONTROLS: Final = {
    chr(base + code): _SEVEN_BITS.get(code, "") for base in (0, _RAW) for code in range(0x80, 0xA0)
}
"""The controls of eight bits, as bytes and as characters (`C2 9B`): what stands behind an escape instead, or
nothing where that doesn't matter here."""
RAW_END_OF_STRING: Final = chr(_RAW + 0x9C)
"""ST as a byte; in a text that isn't UTF-8, a letter."""


class Characters:
    """Decodes what is read, however the reads have split it."""

    def __init__(self) -> None:
        """Begin between two characters."""
        self._decoder = getincrementaldecoder("utf-8")(errors="surrogateescape")
        self._owed, self._torn_at = 0, 0.0

    def feed(self, data: bytes) -> str:
        """What was read, as characters: one of `CONTROLS`, or U+FFFD, for each byte that isn't UTF-8."""
        text = self._decoder.decode(data)
        if not text.isprintable():  # neither is a byte that isn't UTF-8
            text = _TORN.sub(self._tear, text)
            if self._owed:
                text = _LATE.sub(self._drop, text)
        return text.translate(_REST)

    def _tear(self, torn: re.Match[str]) -> str:
        """Note how many bytes are still to come of a character that an escape has torn."""
        first = ord(torn[1]) - _RAW
        self._owed = 1 + (first >= 0xE0) + (first >= 0xF0) - len(torn[2])
        self._torn_at = time.monotonic()
        return torn[1]

    def _drop(self, late: re.Match[str]) -> str:
        """Drop a byte that belongs to the character that was torn."""
        if not self._owed or time.monotonic() - self._torn_at > _PATIENCE:
            return late[0]
        self._owed -= 1
        return ""
