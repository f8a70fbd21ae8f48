"""Heavy questions of the views: asked once for what is chosen, beside whoever trains."""

from __future__ import annotations

from collections.abc import Callable

from explorer.protocol.messages import Reply, refusal
from explorer.protocol.probes import settled
from explorer.protocol.questions import Answer, Answers, Ask
from explorer.runs.snapshot import Snapshot
from explorer.ui.live.asking import NOT_YET
from explorer.ui.live.shelf import Shelf, counts_as, moments


class Pondering:
    """Asks what takes too long to be answered between two batches; its answers are kept.

    It never asks by the clock: while the weights learn, an answer stays, and says its step, until a person
    chooses something else, or the training pauses or ends.
    """

    def __init__(self, shelf: Shelf, ask: Callable[[Ask], object], cancel: Callable[[Ask], object]) -> None:
        """Ask nothing yet.

        Args:
            shelf: where answers are kept.
            ask: carries a heavy request.
            cancel: has one given up.
        """
        self._shelf, self._ask, self._cancel = shelf, ask, cancel
        self._wanted: Ask | None = None
        self._request: Ask | None = None
        self._shown: object = None
        self._asked_when_still: object = None  # the newest moment then; None: it was learning
        self.share = 0.0
        """How far the request that is carried has come, 0..1."""

    @property
    def pending(self) -> tuple[str, ...]:
        """The probes whose answers are on their way."""
        return tuple(one.what for one in self._request.questions) if self._request else ()

    def want(self, asked: Ask, snapshot: Snapshot) -> bool:
        """Ask this, unless the answers are there, on their way, or as new as a person asked for.

        Args:
            asked: the questions of the visible views; perhaps none.
            snapshot: the run.

        Returns:
            Whether it is asked now.
        """
        ready = asked.questions and snapshot.state not in NOT_YET
        about = (settled(one, asked.questions) for one in asked.selections)
        wanted = asked.about(*about) if ready else None
        newest = moments(wanted, snapshot, snapshot.step) if wanted else None
        if wanted == self._wanted:
            if self._request or self._shown == newest or snapshot.state == "training":
                return False
        else:
            self.give_up()
            self._wanted, self._shown = wanted, None
            if wanted is None or self._shelf.has(wanted, snapshot):
                self._shown = newest
                return False
        assert wanted is not None  # nothing is as new as it can be
        self._request, self.share = wanted, 0.0
        self._asked_when_still = None if snapshot.state == "training" else newest
        self._ask(wanted)
        return True

    def advance(self, request: Ask, share: float) -> bool:
        """Note how far a request has come, 0..1; returns whether anybody waits for it."""
        if request is not self._request:
            return False
        self.share = share
        return True

    def accept(
        self, request: Ask, reply: Reply, snapshot: Snapshot
    ) -> tuple[list[dict[str, Answer]], dict[str, str]]:
        """Take in a reply.

        Returns:
            For each selection the answers by their probes' names; and why questions have none. Both are empty
            if nobody waits for it any more.
        """
        if request is not self._request:
            return [], {}
        self._request = None
        self._shown = moments(request, snapshot, snapshot.step)
        if not isinstance(reply, Answers):
            return [], dict.fromkeys((question.what for question in request.questions), refusal(reply))
        if reply.answers:
            # While nothing learns, what came is as new as there is: asked again, it would be no newer.
            newest = moments(request, snapshot, counts_as(reply.answers[0], snapshot))
            self._shown = self._asked_when_still or newest
        found = self._shelf.take(reply.answers, request, snapshot)
        return found, {one.what: one.reason for one in reply.unanswerable}

    def give_up(self) -> None:
        """Have what is on its way given up."""
        if self._request is not None:
            self._cancel(self._request)
            self._request = None
