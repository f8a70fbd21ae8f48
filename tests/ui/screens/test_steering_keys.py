"""The requests that keys send to the engine, and the notices that appear on their own."""

from __future__ import annotations

import shutil
from collections import deque
from pathlib import Path
from threading import Event
from unittest.mock import patch

import pytest
from kit.facts import changed, marked
from kit.fake_engine import FakeEngine
from kit.screen import Visit, beginning, exploring, finished_run, learning, live_run, new_run

from explorer.protocol.messages import (
    Continue,
    Done,
    FindSample,
    Pause,
    Reply,
    Request,
    ScaleLearningRate,
    Stop,
)
from explorer.protocol.questions import Ask
from explorer.runs.events import State
from explorer.ui.screens.explore.screen import Explore
from explorer.ui.widgets.message_line import Notice

HOSTILE = "ValueError: [/nope] [red]\x1b[31m $x [@click=quit]y"
"""Text that tries to end a tag, set a colour, reach the terminal, and become a link."""


def main_screen(visit: Visit) -> Explore:
    """Return the screen below all dialogs."""
    screen = visit.app.screen_stack[0]
    assert isinstance(screen, Explore)
    return screen


def messages(visit: Visit) -> deque[tuple[float, Notice]]:
    """Return the messages that were said, each with its time."""
    return main_screen(visit).message_line.said


def steered(engine: FakeEngine) -> list[Request]:
    """Return the requests to an engine, without the probes."""
    return [request for request in engine.requests if not isinstance(request, Ask)]


class TestAsking:
    async def test_a_key_pauses_and_the_same_key_continues(self, tmp_path: Path) -> None:
        with live_run(tmp_path) as engine:
            async with exploring(tmp_path) as visit:
                await visit.sees("● training")
                await visit.press("p")
                await visit.sees("‖ paused")
                await visit.press("p")
                await visit.sees("● training")
                assert steered(engine) == [Pause(), Continue()]

    async def test_space_does_nothing_to_a_training(self, tmp_path: Path) -> None:
        with live_run(tmp_path) as engine:
            async with exploring(tmp_path) as visit:
                for view in ("curves", "confusion", "gates"):
                    await visit.turn_to(view)
                    await visit.press("space")
                await visit.press("m")  # the link carries requests in their order
                await visit.until(lambda: steered(engine))
                assert steered(engine) == [FindSample(0)]
                await visit.sees("● training")

    async def test_keys_raise_and_lower_the_learning_rate(self, tmp_path: Path) -> None:
        with live_run(tmp_path) as engine:
            async with exploring(tmp_path) as visit:
                await visit.sees(r"rate 6\.0e-03  ")
                await visit.press("+")
                await visit.sees(r"\(×1\.5\)")
                await visit.press("=")
                await visit.sees(r"\(×2\.25\)")
                await visit.press("-")
                await visit.sees(r"\(×1\.5\)")
                asked = [request.by for request in steered(engine) if isinstance(request, ScaleLearningRate)]
                assert asked == pytest.approx([1.5, 1.5, 1 / 1.5])

    async def test_a_change_of_the_rate_is_not_repeated_if_only_its_answer_is_lost(
        self, tmp_path: Path
    ) -> None:
        with live_run(tmp_path) as engine:
            async with exploring(tmp_path) as visit:
                await visit.sees("is 0, read as 0")
                engine.silent = True
                await visit.press("+")
                await visit.sees(r"\(×1\.5\)")
                engine.silent = False
                await visit.press("]")
                await visit.sees("sample 1  ")
                assert steered(engine) == [ScaleLearningRate(1.5)]

    @pytest.mark.parametrize("answer", [["enter"], ["escape"], ["down", "up", "enter"]], ids=" ".join)
    async def test_s_asks_first_and_only_a_yes_stops_the_training(
        self, tmp_path: Path, answer: list[str]
    ) -> None:
        with live_run(tmp_path) as engine:
            async with exploring(tmp_path) as visit:
                await visit.sees("step 3/10")
                await visit.press("s")
                await visit.sees("─ stop the training\\? ─")
                await visit.sees("Everything so far is kept; p resumes it")
                await visit.press(*answer)
                await visit.back()
                await visit.press("m")
                await visit.until(lambda: steered(engine))
                assert steered(engine) == [FindSample(0)]
                await visit.sees("● training")
                await visit.press("s", "down", "enter")
                await visit.sees("■ stopped")
                assert steered(engine) == [FindSample(0), Stop()]

    @pytest.mark.parametrize(("letter", "stops"), [("y", True), ("Y", True), ("n", False)])
    async def test_y_and_n_answer_also_when_they_are_typed_ahead(
        self, tmp_path: Path, letter: str, stops: bool
    ) -> None:
        with live_run(tmp_path) as engine:
            async with exploring(tmp_path) as visit:
                await visit.sees("● training")
                await visit.press("s", letter, "m")
                await visit.back()
                await visit.until(lambda: FindSample(0) in engine.requests or stops)
                await visit.sees("■ stopped" if stops else "● training")
                assert (Stop() in engine.requests) == stops
                assert visit.app.clipboard == ""  # y went to the question
                if not stops:
                    await visit.press("s")
                    await visit.sees("enter: choose · n: no · y: yes · esc: close")

    async def test_that_it_is_stopping_is_no_longer_said_once_it_has_stopped(self, tmp_path: Path) -> None:
        with live_run(tmp_path) as engine:
            answer, reply = engine.answer, Done("stopping at step 3; everything so far is kept")

            def evaluating(request: Request) -> Reply:
                """Promise to stop; that takes a while."""
                return reply if isinstance(request, Stop) else answer(request)

            with patch.object(engine, "answer", evaluating):
                async with exploring(tmp_path, (80, 24)) as visit:
                    await visit.sees("● training")
                    await visit.press("s", "y")
                    await visit.sees("^ stopping at step 3", "MessageLine")
                    engine.write(changed("stopped"))
                    await visit.sees("■ stopped")
                    await visit.until(lambda: "stopping" not in visit.text, seconds=2)

    async def test_that_it_is_stopping_is_not_said_after_it_has_stopped(self, tmp_path: Path) -> None:
        with live_run(tmp_path) as engine:
            answer, stopped = engine.answer, Event()

            def late(request: Request) -> Reply:
                """Answer a stop only once the screen says that it has stopped."""
                reply = answer(request)
                if isinstance(request, Stop):
                    stopped.wait(10)
                return reply

            with patch.object(engine, "answer", late):
                async with exploring(tmp_path) as visit:
                    await visit.sees("● training")
                    await visit.press("s", "y")
                    await visit.sees("■ stopped")
                    stopped.set()
                    await visit.until(lambda: engine.returncode is not None)
                    await visit.press("]")
                    await visit.sees("sample 1  ")
                    assert not any("stopping" in notice.text for _, notice in messages(visit))

    async def test_the_question_goes_by_itself_when_the_training_has_ended(self, tmp_path: Path) -> None:
        with live_run(tmp_path) as engine:
            async with exploring(tmp_path) as visit:
                await visit.sees("● training")
                await visit.press("s")
                await visit.sees("stop the training\\?")
                engine.end("finished")
                await visit.back()
                await visit.sees("✓ finished")
                assert steered(engine) == []

    async def test_what_was_said_of_one_run_does_not_stay_over_another(self, tmp_path: Path) -> None:
        finished_run(tmp_path, "other")
        with live_run(tmp_path) as engine:
            async with exploring(tmp_path) as visit:
                await visit.sees("● training")
                await visit.press("p")
                await visit.sees("paused", "MessageLine")
                await visit.press("r", "down", "enter")
                await visit.sees("✓ finished .* other")
                assert "paused" not in visit.text_in("MessageLine")
                assert engine.returncode is None

    async def test_a_stopped_run_says_so_and_gets_no_more_requests(self, tmp_path: Path) -> None:
        with live_run(tmp_path) as engine:
            async with exploring(tmp_path) as visit:
                await visit.sees("● training")
                await visit.press("s", "down", "enter")
                await visit.sees("■ stopped")
                for key in ("s", "+", "-"):
                    messages(visit).clear()
                    await visit.press(key)
                    await visit.sees("this run is stopped; p resumes it", "MessageLine")
                    assert len(messages(visit)) == 1
                    assert len(visit.app.screen_stack) == 1
                assert steered(engine) == [Stop()]
                await visit.press("]")
                await visit.sees("sample 1  ")
                assert visit.engines[0].asked(Stop) == []

    @pytest.mark.parametrize("state", ["stopped", "failed", None])
    async def test_p_resumes_a_run_that_is_no_longer_training(
        self, tmp_path: Path, state: State | None
    ) -> None:
        engine = FakeEngine(new_run(tmp_path), *beginning(), *learning(3))
        engine.end(state)
        async with exploring(tmp_path) as visit:
            await visit.sees(f"{state or 'lost'}:? .*LSTM 40")
            await visit.press("p")
            await visit.sees("● training")
            (engine,) = (engine for engine in visit.engines if isinstance(engine, FakeEngine))
            assert engine.arguments == () and engine.folder.name == "one"
            await visit.press("p")
            await visit.sees("‖ paused")

    async def test_p_asks_for_a_larger_number_of_epochs_for_a_finished_run(self, tmp_path: Path) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path) as visit:
            await visit.sees("✓ finished")
            await visit.press("p")
            await visit.sees("train longer")
            await visit.sees("3 to 10,000")
            await visit.press("5", "enter")
            await visit.sees("● training")
            (engine,) = (engine for engine in visit.engines if isinstance(engine, FakeEngine))
            assert engine.arguments == ("--epochs", "5")

    async def test_the_question_how_long_to_train_goes_when_the_run_is_resumed_elsewhere(
        self, tmp_path: Path
    ) -> None:
        run = finished_run(tmp_path)
        async with exploring(tmp_path) as visit:
            await visit.sees("✓ finished")
            await visit.press("p")
            await visit.sees("─ train longer ─")
            resumed = FakeEngine(run, changed("training"))
            try:
                await visit.back()
                await visit.sees("● training")
            finally:
                resumed.end()

    async def test_a_run_that_is_preparing_cannot_be_steered_yet(self, tmp_path: Path) -> None:
        engine = FakeEngine(new_run(tmp_path), changed("preparing", "loading torch"))
        async with exploring(tmp_path) as visit:
            await visit.sees("◌ preparing")
            await visit.sees("^ loading torch", "MessageLine")
            await visit.press("p")
            await visit.sees("this run is preparing")
            assert engine.requests == []
        engine.end()

    async def test_a_refusal_by_the_engine_is_shown(self, tmp_path: Path) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path) as visit:
            await visit.sees("is 0, read as 0")
            visit.engines[0].refuse = HOSTILE
            await visit.press("m")
            await visit.sees(r"ValueError: \[/nope\] \[red\]�\[31m \$x")
            assert visit.engines[0].asked(FindSample) == [FindSample(0)]


class TestAnnouncements:
    async def test_gates_that_were_refused_are_requested_again_without_a_key(self, tmp_path: Path) -> None:
        with live_run(tmp_path) as engine:
            engine.refuse = "the engine couldn't do that"
            async with exploring(tmp_path) as visit:
                await visit.sees("gates unavailable: the engine couldn't do that")
                engine.refuse = ""
                engine.train(4)
                await visit.sees("sample 0  ")

    async def test_changes_of_a_run_are_announced(self, tmp_path: Path) -> None:
        with live_run(tmp_path) as engine:
            async with exploring(tmp_path) as visit:
                await visit.sees("● training")
                engine.write(marked("exploded"))
                await visit.sees("^ this run is exploded", "MessageLine")
                engine.write(marked("recovered"))
                await visit.sees("^ +$", "MessageLine")
                engine.write(changed("finished"))
                await visit.sees(r"^ finished: test accuracy 10\.00%", "MessageLine")
                await visit.sees("✓ finished .* LSTM")

    @pytest.mark.parametrize(
        ("state", "cure"),
        [
            (
                "diverged",
                "; gradient norm before it 1; no good checkpoint; p starts it again with a lower rate",
            ),
            ("failed", "; p resumes it from its last checkpoint"),
        ],
    )
    async def test_why_a_run_ended_stays_on_the_screen_below_each_message(
        self, tmp_path: Path, state: State, cure: str
    ) -> None:
        with live_run(tmp_path) as engine:
            async with exploring(tmp_path) as visit:
                await visit.sees("● training")
                engine.end(state, "for a reason")
                await visit.sees(f"✗ {state} .* LSTM")
                await visit.sees(f"^ {state}: for a reason{cure} *$", "MessageLine")
                main_screen(visit).say(Notice("in passing", seconds=0.1))
                await visit.sees("in passing", "MessageLine")
                await visit.sees(f"^ {state}: for a reason{cure} *$", "MessageLine")

    async def test_without_a_line_for_it_why_a_run_ended_is_a_message_when_it_ends_and_when_it_is_opened(
        self, tmp_path: Path
    ) -> None:
        with live_run(tmp_path) as engine:
            async with exploring(tmp_path, (60, 20)) as visit:
                await visit.sees("q Quit *$")
                engine.write(marked("exploded"))
                await visit.sees("^ this run is exploded *$")
                engine.end("diverged", "for a reason")
                await visit.sees("^ diverged: for a reason; gradient norm before it 1; no good")
                assert [notice.text for _, notice in messages(visit)] == [
                    "this run is exploded",
                    "diverged: for a reason; gradient norm before it 1; no good checkpoint; "
                    "p starts it again with a lower rate",
                ]
        async with exploring(tmp_path, (60, 20)) as visit:
            await visit.sees("^ diverged: for a reason; gradient norm before it 1; no good")
            main_screen(visit).say(Notice("in passing", seconds=0.1))
            await visit.sees("q Quit *$")
            await visit.press("!")
            await visit.sees("now +diverged: for a reason")

    async def test_the_death_of_an_engine_is_noticed(self, tmp_path: Path) -> None:
        with live_run(tmp_path) as engine:
            async with exploring(tmp_path) as visit:
                await visit.sees("● training")
                engine.end()
                await visit.sees("✗ lost .* LSTM")
                await visit.sees("^ lost: the training process died at step 3; p resumes it", "MessageLine")

    async def test_text_in_the_events_is_shown_literally_and_never_obeyed(self, tmp_path: Path) -> None:
        with live_run(tmp_path) as engine:
            async with exploring(tmp_path) as visit:
                await visit.sees("● training")
                engine.write(changed("failed", HOSTILE))
                await visit.sees(r"^ failed: ValueError: \[/nope\] \[red\]�\[31m \$x", "MessageLine")
                await visit.press("!")
                await visit.sees(r"now +failed: ValueError: \[/nope\] \[red\]�\[31m \$x")
                assert "\x1b" not in visit.text


class TestDamage:
    async def test_invalid_lines_are_counted_and_the_rest_is_shown(self, tmp_path: Path) -> None:
        with live_run(tmp_path) as engine:
            async with exploring(tmp_path) as visit:
                await visit.sees("step 3/10")
                with engine.folder.events.open("ab") as events:
                    events.write(b'{"event":"StepTrained"}\n\xff\xfe\n')
                engine.train(4)
                await visit.sees("step 4/10")
                await visit.sees("^ 2 damaged lines in events.jsonl were skipped", "MessageLine")
                engine.write(changed("training", "waiting for room on the disk"))
                await visit.sees("^ waiting for room on the disk", "MessageLine")

    @pytest.mark.parametrize("live", [True, False], ids=["live", "finished"])
    async def test_deleting_the_open_run_does_not_end_the_explorer(self, live: bool, tmp_path: Path) -> None:
        if live:
            engine = FakeEngine(new_run(tmp_path), changed("training"))
        else:
            finished_run(tmp_path)
        async with exploring(tmp_path) as visit:
            await visit.sees("● training" if live else "is 0, read as 0")
            shutil.rmtree(tmp_path / "one")
            await visit.sees("✗ lost .* LSTM")
            await visit.sees("^ lost: its folder is gone *$", "MessageLine")  # without advice
            if live:
                engine.end()
            await visit.press("m", "]")
            await visit.turn_to("curves")
            await visit.press("r")
            await visit.sees("switch run")
            await visit.press("escape", "e")
            await visit.sees("─ export ─")

    async def test_without_an_engine_the_gates_give_the_reason(self, tmp_path: Path) -> None:
        run = finished_run(tmp_path)
        async with exploring(tmp_path) as visit:
            await visit.sees("is 0, read as 0")
            await visit.turn_to("curves")
            await visit.press("z")
            await visit.sees("● test")
            shutil.rmtree(run.path)
            await visit.sees("^ lost: its folder is gone *$", "MessageLine")
            while_away = len(visit.engines)
            for engine in visit.engines:
                engine.end()
            await visit.press("z", "2")
            for _ in range(2):
                await visit.press("]")
                await visit.sees("its folder is gone")
            assert len(visit.engines) == while_away + 1  # one engine more, in place of the one that ended

    async def test_a_run_that_cannot_be_read_gives_the_reason(self, tmp_path: Path) -> None:
        finished_run(tmp_path, "good")
        (new_run(tmp_path, "hurt").path / "run.json").write_text("{")
        async with exploring(tmp_path) as visit:
            await visit.sees("LSTM 40 .* good")  # the newest run that can be opened
            await visit.sees("1 newer run can't be opened; r lists all runs")
            await visit.press("r")
            await visit.sees("hurt +damaged")
            await visit.press("home", "enter")
            await visit.sees("run.json is damaged")
            await visit.sees("LSTM 40 .* good")


async def test_another_theme_changes_the_colours_everywhere(tmp_path: Path) -> None:
    def colours(visit: Visit) -> set[str]:
        strips = visit.app.screen._compositor.render_strips()
        styles = {segment.style for strip in strips for segment in strip if segment.style}
        return {style.color.name for style in styles if style.color}

    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await visit.sees("● test")
        await visit.until(lambda: "#6cc4ff" in colours(visit))
        await visit.press("t")
        await visit.until(lambda: "#1668b8" in colours(visit) and "#6cc4ff" not in colours(visit))
        assert visit.app.theme == "gatescope-light"
        await visit.press("t")
        await visit.until(lambda: visit.app.theme == "gatescope-dark" and "#6cc4ff" in colours(visit))
