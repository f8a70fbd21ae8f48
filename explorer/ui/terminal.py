"""The terminal as Textual's driver sees it, with what it lacks."""

from __future__ import annotations

import codecs
from functools import partial

from textual.drivers import linux_driver


class Terminal(linux_driver.LinuxDriver):
    """Takes any byte.

    Textual decodes what is typed strictly: a single byte that isn't UTF-8 (a terminal of another encoding, a
    paste, noise on a serial line) would end the program.
    """

    def run_input_thread(self) -> None:
        """Read what is typed, until the end; bytes that mean nothing are passed over."""
        linux_driver.getincrementaldecoder = _lenient  # type: ignore[attr-defined, assignment]
        super().run_input_thread()


def _lenient(encoding: str) -> partial[codecs.IncrementalDecoder]:
    """What makes a decoder that never fails."""
    return partial(codecs.getincrementaldecoder(encoding), errors="replace")
