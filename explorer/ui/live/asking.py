"""When the engine is asked: once for what is chosen, and again when the weights have changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from explorer.protocol.messages import Request
from explorer.protocol.questions import Answer, Answers, Ask, Sample
from explorer.runs.snapshot import Snapshot
from explorer.ui.live.shelf import Shelf, counts_as, moments

NOT_YET: Final = ("none", "starting", "preparing")
"""The states of a run that has no weights to ask, or whose engine has no time."""


class Asking:
    """Asks about what is chosen in one run; its answers are kept."""

    def __init__(self, shelf: Shelf, ask: Callable[[Request], object]) -> None:
        """Ask nothing yet; `shelf` keeps the answers, `ask` carries a request to the engine."""
        self._ask = ask
        self._shelf = shelf
        self._wanted: Ask | None = None
        self._shown: object = None
        self._pending = self._forced = False
        self.chosen = False
        """Whether the answers accepted last were asked for by a person, not by the clock."""

    def want(self, wanted: Ask, snapshot: Snapshot) -> None:
        """Ask this, unless the newest answers are on the screen or on their way.

        Args:
            wanted: the questions of the visible views; perhaps none.
            snapshot: the run.
        """
        if not wanted.questions or snapshot.state in NOT_YET:
            return
        newest = moments(wanted, snapshot, snapshot.step)
        if self._wanted != wanted:
            chosen = self._wanted is not None
            self._wanted = wanted
            if self._shelf.has(wanted, snapshot):
                self._pending, self._shown = False, newest
                return
            self._forced = self._forced or chosen
        elif self._pending or self._shown == newest:
            return
        self._pending = True
        self._ask(wanted)

    def within(self, samples: int) -> Sample | None:
        """The sample that was asked about, as it is numbered in a test set of so many; None: as it was."""
        if self._wanted is None or not isinstance(subject := self._wanted.selection.subject, Sample):
            return None
        wrapped = Sample(subject.index % samples)
        if wrapped == subject:
            return None
        self._wanted = self._wanted.about(*(replace(one, subject=wrapped) for one in self._wanted.selections))
        return wrapped

    def accept(self, reply: Answers, snapshot: Snapshot) -> list[dict[str, Answer]]:
        """Take in answers; all of them are kept: a person may come back.

        Returns:
            For each selection that was asked about, the answers by their probes' names; none, if they are to
            something else by now.
        """
        found = self._shelf.take(reply.answers, self._wanted, snapshot)
        if any(found) and self._wanted is not None:
            steps = [counts_as(answer, snapshot) for about in found for answer in about.values()]
            self._shown = moments(self._wanted, snapshot, steps[0])
            self._pending, self.chosen, self._forced = False, self._forced, False
        return found

    def give_up(self, snapshot: Snapshot) -> None:
        """There are no answers to be had: ask again only once the run has changed."""
        self._pending = False
        if self._wanted is not None:
            self._shown = moments(self._wanted, snapshot, snapshot.step)
