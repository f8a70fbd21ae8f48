"""The driver through which Textual reaches the terminal."""

from __future__ import annotations

import os
import select
import signal
import sys

from textual import constants, events
from textual.app import App
from textual.message import Message

from explorer.ui.base.keys import STEERING, behind_escape
from explorer.ui.base.textual_patches import PatchedDriver, PatchedParser
from explorer.ui.terminal.characters import Characters
from explorer.ui.terminal.frame import Frame
from explorer.ui.terminal.grid import Grid
from explorer.ui.terminal.pace import Pace
from explorer.ui.terminal.sequences import ESC, Pasted, Piece, Sequences, Typed
from explorer.ui.terminal.writer import Writer

_ASKING = (events.InputEvent, events.Paste, events.Resize)
_TURN = 0.1
"""Seconds after which the thread that reads looks whether it should end."""


class Terminal(PatchedDriver):
    """Sends only what differs: what Textual paints arrives as a `Frame` and goes to a `Grid`."""

    def __init__(
        self,
        app: App[object],
        *,
        debug: bool = False,
        mouse: bool = True,
        size: tuple[int, int] | None = None,
    ) -> None:
        """Drive the terminal of an app that has a `pace`."""
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._pace: Pace = app.pace  # type: ignore[attr-defined]
        self._writer: Writer | None = None

    def _started(self) -> Writer:
        """The thread that sends, started when it is first needed."""
        if self._writer is None:
            self._writer = Writer(sys.__stderr__ or sys.stderr, Grid(), self._pace)
            self._writer.start()
        return self._writer

    def show(self, frame: Frame) -> None:
        """Have the terminal show a frame; a thread sends what differs."""
        self._started().show(frame)

    def write(self, data: str) -> None:
        """Send what Textual writes that is not a frame."""
        self._started().write(data)

    def resized(self, width: int, height: int) -> None:
        """Note the terminal's new size; it may have lost what it showed."""
        if self._writer is not None:
            self._writer.resize(width, height)

    def redraw(self) -> None:
        """Send everything again."""
        if self._writer is not None:
            self._writer.forget()

    def start_application_mode(self) -> None:
        """Set up the terminal; from then on its replies are read, and it can be asked for them."""
        super().start_application_mode()  # type: ignore[no-untyped-call]
        self._started().listen()

    def stop_application_mode(self) -> None:
        """Restore the terminal, once it owes no more replies: the shell would take them for typing."""
        if self._writer is not None:
            self._writer.hush()
        super().stop_application_mode()

    def close(self) -> None:
        """Send what is left; if the program was only suspended, a new thread starts later."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        super().close()

    def run_input_thread(self) -> None:
        """Read until the program leaves, or the terminal is gone.

        Textual's own thread would end with the first byte that isn't UTF-8.
        """
        characters, sequences, parser = Characters(), Sequences(constants.ESCAPE_DELAY), PatchedParser()
        while not self.exit_event.is_set():
            due = sequences.due
            if select.select([self.fileno], [], [], _TURN if due is None else min(_TURN, due))[0]:
                data = self._read()
                if data == b"":
                    self.leave(128 + signal.SIGHUP)
                    return
                pieces = sequences.feed(characters.feed(data or b""))
            else:
                pieces = sequences.expire()
            for piece in pieces:
                for message in _messages(piece, parser):
                    self.process_message(message)
                self.settle_pixels(parser)

    def _read(self) -> bytes | None:
        """What the terminal has sent; empty: it is gone; None: nothing, after all."""
        try:
            return os.read(self.fileno, 4096)
        except BlockingIOError:  # another program has set the terminal so that reading never waits
            return None
        except OSError:
            return b""

    def process_message(self, message: Message) -> None:
        """Pass on what the terminal reports, but for its replies to the writer's questions."""
        if isinstance(message, events.CursorPosition):
            if self._writer is not None:
                self._writer.replied()
            return
        if isinstance(message, _ASKING) and not isinstance(message, events.MouseMove):
            self._pace.asked()
        super().process_message(message)


def _messages(piece: Piece, parser: PatchedParser) -> list[Message]:
    """What a piece of input means to Textual."""
    if isinstance(piece, Pasted):
        return [events.Paste(piece.text.replace("\0", ""))]
    if not isinstance(piece, Typed):
        return parser.messages(piece.text)
    if piece.character == ESC:
        return [events.Key("escape", ESC)]
    typed = parser.messages(piece.character)
    if piece.behind_escape:
        return [_doubted(message) for message in typed]
    return typed


def _doubted(message: Message) -> Message:
    """A key that came in one piece with an escape: one that steers a training is not that key."""
    if isinstance(message, events.Key) and message.key in STEERING:
        return events.Key(behind_escape(message.key), message.character)
    return message
