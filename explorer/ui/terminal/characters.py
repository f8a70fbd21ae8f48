"""The bytes that a terminal sends, as characters; which of them are controls of eight bits (ECMA-48, 5.3).

A terminal in 8-bit mode, or one that was asked for it, sends `0x9b` for `ESC [`. In UTF-8 such a byte on its
own is invalid; decoded as such, it was lost, and what followed acted as keys: `0x9b 1;2p` paused a training.
"""

from __future__ import annotations

from codecs import getincrementaldecoder
from typing import Final

_RAW: Final = 0xDC00
"""What is added to a byte that isn't UTF-8, to have a character for it (`surrogateescape`)."""
_REST: Final = {_RAW + byte: "\ufffd" for byte in range(0xA0, 0x100)}
"""All other bytes that aren't UTF-8 are one character, which means nothing."""
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

    def feed(self, data: bytes) -> str:
        """What was read, as characters: one of `CONTROLS`, or U+FFFD, for each byte that isn't UTF-8."""
        return self._decoder.decode(data).translate(_REST)
