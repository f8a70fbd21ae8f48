"""The main screen: one run, and the views of it.

It owns what is chosen, and passes messages on: from the open run to the views (`presenter`), and from the
keys to the open run. What a dialog asks is in `errands`, what is said in passing in `notices`.
"""

from __future__ import annotations

from functools import partial
from typing import ClassVar, Final

from textual import on
from textual.binding import BindingType

from explorer.protocol.messages import Done, Refused, Reply, Request, SampleFound, Stop
from explorer.protocol.questions import Answers, Ask
from explorer.runs.catalogue import list_runs, newest_of
from explorer.runs.config import configure
from explorer.ui.live.follower import Follower
from explorer.ui.live.heavy import HeavyLink
from explorer.ui.live.link import Link
from explorer.ui.live.run_message import RunMessage
from explorer.ui.screens.explore.run_keys import RunKeys
from explorer.ui.screens.explore.screen_keys import ScreenKeys
from explorer.ui.screens.explore.view_messages import ViewMessages
from explorer.ui.screens.keys import bindings
from explorer.ui.screens.new_run import NewRun
from explorer.ui.screens.notices import skipped_runs
from explorer.ui.views.curves import Curves
from explorer.ui.widgets.message_line import Notice

PROBE_INTERVAL: Final = 0.25
"""Seconds between two probes while training, if the terminal shows the picture before: one has 5 to 30 KB."""


class Explore(RunKeys, ViewMessages, ScreenKeys):
    """One run at a time, live or finished."""

    AUTO_FOCUS = "#gates"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings()]

    def on_mount(self) -> None:
        """Open the run that was asked for, or the newest, or start the first one."""
        self.set_interval(PROBE_INTERVAL, self.keep_up)
        run, skipped = self._first or newest_of(list_runs(self.runs_dir))
        if run is None:
            self.gate.follow(partial(self.start_run, NewRun(configure({}), None)))
        else:
            self.come_back(run)
        if skipped:
            self.say(skipped_runs(skipped))

    def on_unmount(self) -> None:
        """Let go of the runs; a training continues."""
        self.run.close()
        self.pairing.close()
        self._read_only.close()

    # Messages of the open run

    @on(RunMessage)
    def receive(self, message: RunMessage) -> None:
        """Show what the open run says. A message of a run that was closed meanwhile is dropped here."""
        if message.source.closed:
            return
        match message:
            case Follower.SnapshotTaken(snapshot=snapshot):
                self._show_snapshot(snapshot)
            case Follower.Drawn(drawing=drawing, asked=asked):
                self._curves.offer(drawing)
                if asked:  # by a key, perhaps
                    self._curves.catch_up()
                else:
                    self.presenter.keep_up()
            case Follower.NeverStarted(reason=reason):
                before = self._before
                self.leave_run(before if before is not None and before.is_readable() else None)
                self.gate.follow(partial(self._starter.ask_again, reason))
            case Follower.Broken(reason=reason):
                self.complain(reason)
            case Link.Answered(request=request, answer=answer):
                self._show_answer(request, answer)
            case Link.Unanswered(request=Ask(), reason=reason):
                self.presenter.miss(reason)
            case Link.Unanswered(reason=reason):
                self.complain(reason)
            case HeavyLink.Progressed() | HeavyLink.Answered() | HeavyLink.Unanswered():
                if trouble := self.presenter.show_heavy(message):
                    self.complain(f"can't evaluate: {trouble}")

    @on(Curves.CanvasChanged)
    def draw_elsewhere(self, message: Curves.CanvasChanged) -> None:
        """Draw the curves in another size, in other colours, or not at all."""
        self.run.follower.draw_on(message.canvas)

    def _show_answer(self, request: Request, answer: Reply) -> None:
        """Show what the engine answered."""
        match answer:
            case Answers():
                self.presenter.show_answers(answer)
            case SampleFound(index=index):
                self.choose_sample(index)
            case Refused(message=text) if isinstance(request, Ask):
                self.presenter.miss(text)
            case Refused(message=text):
                self.say(Notice(text, "warning"))
            case Done(message=text) if not isinstance(request, Stop):
                self.say(Notice(text))
            case Done(message=text) if self.run.snapshot.steerable:  # it hasn't stopped yet
                self.say(Notice(text))
                self._stopping = self.message_line.shown
