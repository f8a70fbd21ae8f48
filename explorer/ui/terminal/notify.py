"""The terminal's own notification: what a person sees who looks at another window."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from explorer.system.text import printable

BELL: Final = "\a"
_SILENT: Final = ("linux", "dumb", "vt")
"""How `TERM` begins for terminals that would print what they don't know: they get the bell alone."""
_BY_777: Final = ("rxvt", "foot")
"""How `TERM` begins for those that know OSC 777, and not OSC 9; those of VTE say so in `VTE_VERSION`."""


def announcement(text: str, environ: Mapping[str, str]) -> str:
    """The sequence that has a terminal ring, and notify a person of a text.

    Most know OSC 9 (iTerm2's), others OSC 777 (urxvt's); what a terminal doesn't know, it ignores. One that
    knows both would notify twice, so only one is sent. tmux and screen pass it on as a device's own string,
    tmux if `allow-passthrough` is on.

    Args:
        text: one line; control characters in it become harmless.
        environ: the variables with which the terminal describes itself.
    """
    term, said = environ.get("TERM", ""), printable(text)
    if term.startswith(_SILENT):
        return BELL
    by_777 = "VTE_VERSION" in environ or term.startswith(_BY_777)
    sequence = f"\x1b]777;notify;gatescope;{said}\a" if by_777 else f"\x1b]9;gatescope: {said}\a"
    if "TMUX" in environ:
        sequence = "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"
    elif term.startswith("screen"):
        sequence = f"\x1bP{sequence}\x1b\\"
    return sequence + BELL
