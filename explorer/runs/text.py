"""Text from files and errors, made fit for one line and for a terminal."""

from __future__ import annotations

import time


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


def printable(text: str) -> str:
    """Text from a file, without anything that a terminal could take as a command."""
    return "".join(character if character.isprintable() else "�" for character in text)


def clock(seconds: float | None) -> str:
    """A duration: `0:42`, `1:02:03`; `–:––` if it isn't known."""
    if seconds is None:
        return "–:––"
    minutes, rest = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
