r"""What a terminal sends, cut into keys, pastes and whole sequences, however the reads have split it.

A terminal sends keys and reports alike as characters, and most reports consist of letters that are keys here.
They may come late (from a shell or an editor left a moment before), in two pieces (a lost packet), or be of a
kind that nobody here knows. Textual's parser gives up after 0.1 s, or 32 characters, and turns what it has
into keys: `ESC P>|tmux 3.4 ESC \` paused a training.

So here a sequence is taken as ECMA-48 has it (5.4 for CSI, 5.6 for strings), and never falls apart. A control
of eight bits is taken as the two characters for which it stands, but for those in strings.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from explorer.ui.terminal.characters import CONTROLS, RAW_END_OF_STRING

PATIENCE: Final = 1.0
"""Seconds that a sequence may pause; then what there is of it is dropped."""
LONGEST: Final = 256
"""Characters of a sequence that are kept: a report has at most some 60. Of a string, nothing is kept."""

ESC: Final = "\x1b"
_BELL, _ABORT, _END_OF_STRING = "\x07", "\x18\x1a", "\x9c"
_STRINGS = "]PX^_"
"""OSC, DCS, SOS, PM and APC."""
_INTRODUCERS = "[O" + _STRINGS
_OTHERS = "fb\t\x7f"
"""Behind an escape: alt with an arrow on macOS, and what some send for shift+tab and alt+backspace."""
_PASTE, _PASTED = "\x1b[200~", "\x1b[201~"
_REPLY, _REPLIED, _TAIL = re.compile(r"\x1b\[\d+;\d+R\Z"), "R", 16
"""To the question that follows each output (`pace`): a multiplexer may send it in the middle of another.
How it ends, and more characters than it has."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A character from the keyboard; a lone escape is one, too."""

    character: str
    behind_escape: bool = False
    """Whether it came in one piece with an escape: as a burst of two keys, or as one key held with alt."""


@dataclass(frozen=True, slots=True)
class Sequence:
    """A whole sequence, from its escape to its last character."""

    text: str


@dataclass(frozen=True, slots=True)
class Pasted:
    """What was pasted (mode 2004), as it is."""

    text: str


Piece = Typed | Sequence | Pasted
Take = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _Held:
    """What is still to be completed."""

    take: Take
    """Takes the next character."""
    text: str = ""
    late: bool = False
    """Whether its escape has acted already, so that the rest may turn out to be typed."""
    bell: bool = False
    """Whether a bell ends it."""
    eight: bool = False
    """Whether a control of eight bits began it, so that one may end it."""


class Sequences:
    """Takes characters as they are read; returns what is complete.

    Whoever reads calls `expire` when `due` seconds have passed and nothing is there to be read: so a program
    that was stopped or starved meanwhile loses nothing.

    An escape acts as a key when nothing has followed it for a moment. What comes later than that, but within
    a second, and can only be the rest of a sequence, is taken as that: `[A` in one piece is an arrow, a `[`
    alone is the key.
    """

    def __init__(self, delay: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin between two keys.

        Args:
            delay: seconds after which an escape is the key, not the beginning of a sequence.
            clock: seconds, from any beginning.
        """
        self._delay, self._clock = delay, clock
        self._pieces: list[Piece] = []
        self._now = _Held(self._between)
        self._deadline: float | None = None
        self._outer: tuple[_Held, float | None] | None = None  # what a reply may interrupt, and its deadline
        self._resumed: float | None = None
        self._paste: list[str] = []

    @property
    def due(self) -> float | None:
        """Seconds, not negative, after which `expire` should be called; None: no need."""
        return None if self._deadline is None else max(0.0, self._deadline - self._clock())

    def feed(self, text: str) -> list[Piece]:
        """Take what was read; return what is complete."""
        for character, coming in pairwise((*text, ESC)):
            self._resumed = None
            self._take(character)
            if coming == ESC or coming in CONTROLS:  # only who waits, or is interrupted, needs to know
                self._deadline = self._wait() if self._resumed is None else self._resumed
        return self._completed()

    def expire(self) -> list[Piece]:
        """Note that nothing is there to be read; return what is complete by that, if it is time."""
        if self._deadline is None or self.due:
            return []
        if self._now.take == self._after_escape:
            self._pieces.append(Typed(ESC))
            self._wait_for_rest(PATIENCE - self._delay)
        elif self._now.take == self._in_paste:  # a person gives up a paste that has lost its end
            self._paste.clear()
            self._wait_for_rest(PATIENCE)
        else:
            self._give_up()
            self._deadline = None
        return self._completed()

    def _take(self, character: str) -> None:
        """Take a character; for a control of eight bits, the two for which it stands."""
        behind, held = CONTROLS.get(character), self._now
        if behind is None:
            held.take(character)
        elif held.take in (self._in_string, self._in_string_after_escape) or held.text[2:3] == "M":
            held.take(character)  # the letter of a title that isn't UTF-8, or a column of the mouse
        elif held.take == self._in_paste and not (held.eight and behind == "["):
            held.take("\ufffd")
        elif behind:
            self._now.take(ESC)
            self._now.take(behind)
            self._now = replace(self._now, eight=self._now.take != self._between)

    def _wait_for_rest(self, seconds: float) -> None:
        """Expect what would have followed an escape that has just acted."""
        self._now, self._outer = _Held(self._after_acting), None
        self._deadline = self._clock() + seconds

    def _completed(self) -> list[Piece]:
        """What is complete, once."""
        pieces, self._pieces = self._pieces, []
        return pieces

    def _wait(self) -> float | None:
        """When to stop waiting for the next character, if it doesn't come."""
        if self._now.take == self._between or (
            self._now.take == self._in_paste and self._paste[-1:] != [ESC]
        ):
            return None
        undecided = self._now.take == self._after_escape or self._may_be_typed
        return self._clock() + (self._delay if undecided else PATIENCE)

    # Each of the following takes the next character

    def _between(self, character: str) -> None:
        """Between two keys."""
        if character == ESC:
            self._now = _Held(self._after_escape, ESC)
        else:
            self._pieces.append(Typed(character))

    def _after_escape(self, character: str) -> None:
        """Behind an escape that is still held."""
        if character in _INTRODUCERS:
            self._introduce(character, late=False)
        elif character in _OTHERS:
            self._finish(Sequence(ESC + character))
        elif character == "\\":  # the end of a string whose beginning is gone
            self._finish()
        elif character == ESC:
            self._pieces.append(Typed(ESC))
            self._outer = _Held(self._after_acting), self._clock() + PATIENCE
        else:
            self._pieces.append(Typed(ESC))
            self._finish(Typed(character, behind_escape=character.isprintable()))

    def _after_acting(self, character: str) -> None:
        """Soon behind an escape that has acted as a key."""
        if character == ESC:
            self._interrupt()
        elif character in _INTRODUCERS:
            self._introduce(character, late=True)
        else:
            self._finish(Typed(character))

    def _introduce(self, character: str, late: bool) -> None:
        """Begin a sequence with the character behind its escape."""
        take = {"[": self._in_control, "O": self._in_shift}.get(character, self._in_string)
        self._now = _Held(take, ESC + character, late, bell=character == "]")

    def _in_control(self, character: str) -> None:
        """In a control sequence (CSI): parameters, intermediates, one final character."""
        if self._interrupted(character):
            return
        text = self._hold(character)
        body = text[2:]
        if body[0] == "[":  # a function key of the Linux console, `ESC [ [ A`
            if self._now.late and len(body) > 1 and character not in "ABCDE":
                self._finish(*map(Typed, text[1:]))
            elif len(body) > 1:
                self._complete(text)
        elif body[0] == "M":  # the mouse as in 1990: three more characters
            if len(body) == 4:
                self._finish()
        elif "@" <= character <= "~" or (character == "$" and body[:-1].isdigit()):
            # `$` ends rxvt's keys with shift: in reports, which have two numbers, a letter follows it
            self._complete(text)

    def _in_shift(self, character: str) -> None:
        """In a single shift (SS3): one character; some terminals put modifiers before it."""
        if not self._interrupted(character):
            text = self._hold(character)
            if character not in "0123456789;":
                self._complete(text)

    def _hold(self, character: str) -> str:
        """Keep a character of a sequence; what there is of it."""
        text = (self._now.text + character)[: LONGEST + 1]
        self._now = replace(self._now, text=text)
        return text

    def _interrupted(self, character: str) -> bool:
        """Whether a character can't be part of the sequence, which then is over."""
        if " " <= character <= "~" or (self._now.text[2:3] == "M" and character >= " "):
            return False
        if character == ESC and not self._may_be_typed:
            self._interrupt()
            return True
        self._give_up()
        if character not in _ABORT:
            self._between(character)
        return True

    def _interrupt(self) -> None:
        """Hold an escape behind something that is unfinished: a reply may have come between its parts."""
        self._outer = self._now, self._deadline
        self._now = _Held(self._after_escape, ESC)

    def _in_string(self, character: str) -> None:
        """In a string, of which nothing is kept: up to ST, or a bell, or CAN or SUB."""
        if self._now.late and self._now.bell and character not in "0123456789lLI":
            self._give_up()  # no report begins like this: `]` was typed
            self._take(character)
        elif character == ESC:
            string = replace(self._now, take=self._in_string_after_escape, late=False)
            self._interrupt()
            self._now = string
        elif character in _ABORT + self._ends_of_string:
            self._finish()
        elif self._now.late:
            self._now = replace(self._now, late=False)

    @property
    def _ends_of_string(self) -> str:
        """The single characters that end the string; a byte only if one began it."""
        return _END_OF_STRING + _BELL * self._now.bell + RAW_END_OF_STRING * self._now.eight

    def _in_string_after_escape(self, character: str) -> None:
        """Behind an escape in a string: its end, or, where that was lost, the beginning of something else."""
        if character in _INTRODUCERS:
            self._introduce(character, late=False)
        elif character == "\\" or character in _ABORT:
            self._finish()
        elif character == ESC:
            self._outer = self._now, self._deadline
        else:
            self._now, self._outer = replace(self._now, take=self._in_string), None

    def _in_paste(self, character: str) -> None:
        """In a paste, in which everything else is text, but for replies: a person may wait for the screen."""
        if character == ESC:
            self._outer = (self._now, self._deadline) if self._paste[-1:] == [ESC] else None
        self._paste.append(character)
        if character not in (_PASTED[-1], _REPLIED):
            return
        tail = "".join(self._paste[-_TAIL:])
        if tail.endswith(_PASTED):
            text = "".join(self._paste[: -len(_PASTED)])
            self._paste.clear()
            self._finish(Pasted(text))
        elif reply := _REPLY.search(tail):
            del self._paste[-len(reply[0]) :]
            self._pieces.append(Sequence(reply[0]))
            self._resumed = self._outer[1] if self._outer else None

    # What becomes of what is held

    @property
    def _may_be_typed(self) -> bool:
        """Whether what is held, soon behind an escape that has acted, may be keys: one, or two `[`."""
        return self._now.late and (len(self._now.text) == 2 or self._now.text == ESC + "[[")

    def _finish(self, *pieces: Piece) -> None:
        """Pass on what is complete; what comes next is new, or goes on with what a reply has interrupted."""
        self._pieces += pieces
        outer, self._outer = self._outer, None
        self._now = _Held(self._between)
        match pieces:
            case [Sequence(text)] if outer is not None and _REPLY.fullmatch(text):
                self._now, self._resumed = outer

    def _complete(self, sequence: str) -> None:
        """Pass on a sequence, unless it is too long; of a paste, what comes next is the text."""
        if sequence == _PASTE:
            self._now = _Held(self._in_paste, eight=self._now.eight)
        elif sequence == _PASTED or len(sequence) > LONGEST:
            self._finish()
        else:
            self._finish(Sequence(sequence))

    def _give_up(self) -> None:
        """Drop what is held, unless it may be typed."""
        self._finish(*map(Typed, self._now.text[1:]) if self._may_be_typed else ())
