"""Has a second run read what is chosen, for the view that shows both: opened while that is shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from explorer.protocol.messages import refusal
from explorer.protocol.questions import Answer, Answers, Ask, Question
from explorer.runs.folder import RunFolder
from explorer.runs.snapshot import Snapshot
from explorer.ui.live.asking import NOT_YET
from explorer.ui.live.follower import Follower
from explorer.ui.live.link import Link
from explorer.ui.live.open_run import OpenRun
from explorer.ui.live.other_run import OtherRun
from explorer.ui.terminal.pace import Pace
from explorer.ui.views.choice import Choice, Chosen
from explorer.ui.views.pair import Pair
from explorer.ui.views.pair_sides import anytime, unlike

QUESTIONS: Final = (Question("activations"), Question("belief"))
"""What the other run is asked."""


class Pairing:
    """Opens the other run while it is shown, asks it, and has the view show what it says."""

    def __init__(
        self,
        view: Pair,
        choice: Choice,
        pace: Pace,
        run: Callable[[], OpenRun],
        open_other: Callable[[RunFolder], OtherRun],
    ) -> None:
        """Compare with nothing yet.

        Args:
            view: shows both.
            choice: what is asked about; the moment is the open run's alone.
            pace: how fast the terminal takes what is sent.
            run: the open run.
            open_other: makes another one, which isn't open yet.
        """
        self._view, self._choice, self._pace, self._run, self._open = view, choice, pace, run, open_other
        self._folder: RunFolder | None = None
        self._other: OtherRun | None = None
        self._taken: list[Answer] = []
        self._broken = ""  # why the run can't be followed
        choice.observe(self._follow)

    def compare_with(self, folder: RunFolder | None) -> None:
        """Show this run beside the open one from now on; None: none."""
        before, self._folder = self._folder, folder
        if folder is None or before is None or folder.path != before.path:
            self.close()
            self._view.expect_other(run=folder is not None)
        self.keep_up()

    def close(self) -> None:
        """Let go of the other run."""
        if self._other is not None:
            self._other.close()
        self._other, self._taken, self._broken = None, [], ""

    def keep_up(self) -> None:
        """Open the other run if it is to be shown, or let go of it; ask it, if the terminal keeps up."""
        if self._folder is None or not self._view.display or not self._run().opened:
            self.close()
            return
        if self._other is None:
            self._other = self._open(self._folder)
            self._other.open()
        self._show_kept()
        if self._pace.ready:
            self._ask()

    def _follow(self, before: Chosen, now: Chosen) -> None:
        """Ask about what is chosen now."""
        if anytime(before.selection) != anytime(now.selection) and self._other is not None:
            self._taken = []
            self._show_kept()
            self._ask()

    @property
    def _wanted(self) -> Ask:
        """What is asked now: by its newest weights, whichever moment of the open run is chosen."""
        return Ask(anytime(self._choice.now.selection), QUESTIONS)

    def _ask(self) -> None:
        """Have it read what is chosen, unless it can't, or has."""
        other = self._other
        if other is None:
            return
        own, known = self._run().snapshot, other.snapshot.state not in NOT_YET
        gone = "" if other.snapshot.exists else "its folder is gone"
        unlikeness = unlike(own, other.snapshot, self._choice.now.selection) if known else ""
        if why := self._broken or gone or unlikeness:
            self._view.miss_other(why)
        elif known:
            other.asking.want(self._wanted, other.snapshot)

    def _show_kept(self) -> None:
        """Show what it has read of what is chosen, if that is anything else than what is shown."""
        other = self._other
        if other is None:
            return
        answers = other.shelf.recall(self._wanted.selection, QUESTIONS)
        if len(answers) == len(QUESTIONS) and [*answers.values()] != self._taken:
            self._taken = [*answers.values()]
            try:
                self._view.take_other(answers, other.learning, self._pace.sparing)
            except ValueError as error:
                self._view.miss_other(f"its answer can't be read ({error}); is it of another version?")

    def hear(self, said: object) -> None:
        """Show what a thread of the other run says, while that is open."""
        other = self._other
        if other is None:
            return
        match said:
            case Follower.SnapshotTaken(snapshot=snapshot):
                self._note(other, snapshot)
            case Follower.Broken(reason=reason) | Follower.NeverStarted(reason=reason):
                self._broken = reason
                self._view.miss_other(reason)
            case Link.Answered(request=Ask(), answer=Answers() as reply):
                found = other.asking.accept(reply, other.snapshot)
                if any(found) and not other.asking.chosen:
                    self._pace.unasked()
                if reply.unanswerable:
                    self._miss(other, reply.unanswerable[0].reason)
                self._show_kept()
            case Link.Answered(request=Ask(), answer=answer):
                self._miss(other, refusal(answer))
            case Link.Unanswered(request=Ask(), reason=reason):
                self._miss(other, reason)

    def _note(self, other: OtherRun, snapshot: Snapshot) -> None:
        """Show its newest snapshot; ask at once if it does something else than before."""
        before, other.snapshot = other.snapshot, snapshot
        self._view.note_other(snapshot)
        if before.state != snapshot.state:  # what it learns is asked at the screen's pace
            self.keep_up()

    def _miss(self, other: OtherRun, reason: str) -> None:
        """Say why it has no answer; it is asked again as soon as it has changed."""
        other.asking.give_up(other.snapshot)
        self._view.miss_other(reason)
