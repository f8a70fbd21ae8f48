"""The open run: there is always one, and messages from a closed one are dropped."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from kit.asking import activations_of
from kit.facts import changed, evaluated
from kit.fake_engine import FakeEngine, probed
from kit.screen import exploring, finished_run, live_run, new_run
from textual.message import Message

from explorer.protocol.messages import Done, FindSample, Pause
from explorer.protocol.questions import Ask, Question, Selection
from explorer.runs.folder import RunFolder
from explorer.runs.snapshot import NO_RUN, RESUMABLE, STEERABLE
from explorer.ui.live.follower import Follower
from explorer.ui.live.link import Link
from explorer.ui.live.open_run import OpenRun
from explorer.ui.live.run_message import RunMessage
from explorer.ui.screens.explore.screen import Explore
from explorer.ui.screens.notices import news, not_steerable, remark
from explorer.ui.terminal.pace import Pace
from explorer.ui.views.look import Extent
from explorer.ui.views.plots import Drawing
from explorer.ui.widgets.message_line import Notice


def main_screen(visit) -> Explore:
    screen = visit.app.screen_stack[0]
    assert isinstance(screen, Explore)
    return screen


def test_the_empty_run_accepts_every_call_and_posts_nothing(tmp_path: Path) -> None:
    posted: list[Message] = []
    run = OpenRun(RunFolder(tmp_path), posted.append, Pace())
    run.ask(FindSample(0))
    run.asking.want(Ask(Selection(), (Question("activations"),)), run.snapshot)
    run.follower.draw_on(None)
    assert not (run.learning or run.snapshot.live or run.snapshot.steerable or run.snapshot.resumable)
    run.close()
    assert posted == [] and run.follower.closed and run.link.closed


@pytest.mark.parametrize("state", ["none", "starting", "preparing", "finished", "diverged", "lost"])
def test_a_key_that_cannot_steer_gives_the_reason_and_the_remedy(state) -> None:
    snapshot = replace(NO_RUN, state=state)
    said = not_steerable(snapshot).text
    cures = {
        "starting": "wait",
        "preparing": "wait",
        "finished": "p trains it longer",
        "lost": "p resumes it",
        "diverged": "p resumes it with a lower rate",
    }
    assert cures.get(state, "n starts a new one") in said
    assert "�" not in said and "\n" not in said


def test_no_state_can_be_steered_and_resumed_at_once() -> None:
    assert not STEERABLE & RESUMABLE
    assert {"starting", "preparing", "none"}.isdisjoint(STEERABLE | RESUMABLE)


def test_the_end_of_a_training_is_news_and_the_first_snapshot_of_a_run_is_not() -> None:
    training = replace(NO_RUN, state="training")
    finished = replace(NO_RUN, state="finished", evaluated=evaluated(accuracy=0.8125))
    assert list(news(NO_RUN, finished)) == []
    assert [notice.text for notice in news(training, finished)] == ["finished: test accuracy 81.25%"]
    assert list(news(finished, finished)) == []


def test_why_a_run_ended_badly_and_what_to_do_about_it_can_be_read_for_as_long_as_it_is_open() -> None:
    lost = replace(NO_RUN, state="lost", reason="the training process died", warning="full disk", step=9)
    cure = "; p resumes it from its last checkpoint"
    assert remark(lost) == Notice(f"lost: the training process died{cure}", "error")
    assert remark(replace(lost, exists=False)) == Notice("lost: the training process died", "error")
    failed = replace(NO_RUN, state="failed", reason="no such device")
    assert remark(failed) == Notice("failed: no such device; p tries again", "error")
    diverged = replace(NO_RUN, state="diverged", reason="the loss is not a number", step=9)
    judged = replace(diverged, finding="diverged: the loss; norm 1", good=7)
    assert remark(judged) == Notice(
        "diverged: the loss; norm 1; p resumes it there with a lower rate", "error"
    )
    text = "diverged: the loss; norm 1; p starts it again with a lower rate"
    assert remark(replace(judged, good=0)) == Notice(text, "error")
    assert remark(replace(judged, exists=False)) == Notice("diverged: the loss; norm 1", "error")


def test_what_looks_wrong_in_a_run_can_be_read_for_as_long_as_it_is_open() -> None:
    training = replace(NO_RUN, state="training", step=9)
    assert remark(training) is None
    assert remark(replace(training, warning="full disk", bad_lines=2)) == Notice("full disk", "warning")
    damaged = remark(replace(training, bad_lines=1234))
    assert damaged == Notice("1,234 damaged lines in events.jsonl were skipped", "warning")
    one = remark(replace(training, bad_lines=1))
    assert one == Notice("1 damaged line in events.jsonl was skipped", "warning")
    assert remark(replace(training, bad_lines=1, reason="no room on disk")) == Notice("no room on disk")
    preparing = replace(NO_RUN, state="preparing", reason="loading torch")
    assert remark(preparing) == Notice("loading torch")


def test_a_run_whose_folder_is_gone_cannot_be_resumed() -> None:
    gone = replace(NO_RUN, state="lost", exists=False)
    assert not gone.resumable
    assert "n starts a new one" in not_steerable(gone).text


async def test_messages_from_a_closed_run_are_dropped_on_delivery(tmp_path: Path) -> None:
    finished_run(tmp_path, "one", "rnn")
    finished_run(tmp_path, "two", "lstm")
    async with exploring(tmp_path) as visit:
        await visit.sees("LSTM 40 .* two")
        await visit.sees("is 0, read as 0")
        screen = main_screen(visit)
        closed = screen.run
        screen.open_run(RunFolder(tmp_path / "one"))
        await visit.sees("RNN 40 .* one")
        await visit.sees("is 0, read as 0")
        shown, snapshot = visit.text_in("#gates"), screen.run.snapshot
        late: list[RunMessage] = [
            Follower.SnapshotTaken(
                closed.follower, replace(snapshot, run="two", state="failed", reason="late")
            ),
            Follower.Drawn(closed.follower, Drawing([], (), Extent(1, 1)), True),
            Follower.Broken(closed.follower, "a late complaint"),
            Link.Answered(closed.link, activations_of(0), probed(0)),
            Link.Answered(closed.link, Pause(), Done("a late answer")),
            Link.Unanswered(closed.link, activations_of(0), "a late refusal"),
        ]
        for message in late:
            screen.post_message(message)
        screen.post_message(Link.Answered(screen.run.link, Pause(), Done("the last of all")))
        await visit.sees("the last of all")  # messages are delivered in the order they are posted
        assert screen.run.snapshot is snapshot
        assert visit.text_in("#gates") == shown
        assert "late" not in visit.text and "✗" not in visit.text


async def test_keys_before_there_is_a_run_are_harmless(tmp_path: Path) -> None:
    (tmp_path / "file").touch()  # no run can be made there
    async with exploring(tmp_path / "file") as visit:
        await visit.sees("can't write runs to")
        await visit.press("escape")
        await visit.back()
        await visit.press("s", "+", "p", "m", "x", "]", "z", "z")
        await visit.sees("no run is open; n starts a new one")
        await visit.press("q")
        await visit.until(lambda: visit.app.return_value == 0)


async def test_another_run_starts_with_nothing_from_the_one_before(tmp_path: Path) -> None:
    finished_run(tmp_path, "done", "rnn")
    with live_run(tmp_path, "live"):
        async with exploring(tmp_path) as visit:
            await visit.sees("● training")
            fresh = FakeEngine(new_run(tmp_path, "fresh"), changed("preparing", "loading torch"))
            main_screen(visit).open_run(fresh.folder)
            await visit.sees("◌ preparing .* fresh", "Status")
            await visit.sees("^ loading torch *$", "MessageLine")
            await visit.sees("waiting for the engine", "#gates")
            await visit.sees("not evaluated yet", "#confusion")
            fresh.end()


async def test_a_matrix_that_the_terminal_had_no_time_for_is_shown_as_soon_as_it_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Pace, "ready", False)
    with live_run(tmp_path, steps=5):
        async with exploring(tmp_path) as visit:
            await visit.sees("● training  test 95.00%")
            await visit.sees("not evaluated yet", "#confusion")
            monkeypatch.setattr(Pace, "ready", True)
            await visit.sees("all 10,000 test samples, evaluated at step 5", "#confusion")


def test_a_run_that_was_closed_is_asked_nothing_that_takes_long(tmp_path: Path) -> None:
    run = OpenRun(RunFolder(tmp_path), lambda message: None, Pace())
    run.ask_heavy(Ask(Selection(), (Question("evaluation"),)))
    run.close()
    run.heavy.join(10)
    run.ask_heavy(Ask(Selection(), (Question("evaluation"),)))  # a thread can't be started twice
    assert not run.heavy.is_alive()
