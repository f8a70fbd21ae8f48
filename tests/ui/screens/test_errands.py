"""What the main screen asks: what enter alone answers, and what a form keeps."""

from __future__ import annotations

import dataclasses
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest
from kit.screen import Visit, exploring, finished_run
from textual.widgets import Input

from explorer.protocol.questions import Sample, Selection
from explorer.runs.config import configure
from explorer.runs.snapshot import NO_RUN
from explorer.ui.screens import errands
from explorer.ui.screens.export import Shown
from explorer.ui.screens.new_run import NewRun, as_typed, with_cell
from explorer.ui.widgets.select import Select

SHOWN = Shown(timesteps=28, samples=100, selection=Selection())
TRAINING = dataclasses.replace(NO_RUN, run="one", state="training", step=1234)


async def asking(visit: Visit, question: Coroutine[Any, Any, object], title: str) -> list[object]:
    """Ask, and wait for the dialog; its answer will be in the list."""
    answers: list[object] = []

    async def ask() -> None:
        answers.append(await question)

    await visit.sees("✓ finished")
    visit.app.run_worker(ask())
    await visit.sees(rf"─ {title} ─")
    await visit.until(lambda: visit.app.focused and visit.app.focused.screen is visit.app.screen)
    return answers


class TestQuestions:
    @pytest.mark.parametrize("size", [(60, 20), (160, 45)], ids=str)
    @pytest.mark.parametrize(
        ("keys", "agreed"),
        [(["enter"], False), (["escape"], False), (["down", "enter"], True), (["y"], True), (["n"], False)],
    )
    async def test_stopping_and_a_second_training_need_a_yes(
        self, tmp_path: Path, keys: list[str], agreed: bool, size: tuple[int, int]
    ) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path, size) as visit:
            answers = await asking(visit, errands.ask_stop(visit.gate, lambda: True), "stop the training\\?")
            await visit.sees("Everything so far is kept; p")
            await visit.sees("enter: choose · n: no · y: yes · esc: close")
            await visit.press(*keys)
            await visit.until(lambda: [answer == "yes" for answer in answers] == [agreed])
            question = errands.ask_second_training(visit.gate, ["other (44%)"])
            answers = await asking(visit, question, "start another training\\?")
            await visit.sees(r"A training is running: other \(44%\)\. Another one")
            await visit.press(*keys)
            await visit.until(lambda: answers == [agreed])

    async def test_several_trainings_are_all_named(self, tmp_path: Path) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path) as visit:
            question = errands.ask_second_training(visit.gate, ["a (1%)", "[/b] (2%)"])
            await asking(visit, question, "start another training\\?")
            await visit.sees(r"2 trainings are running: a \(1%\), \[/b\] \(2%\)\.")

    async def test_leaving_a_paused_training_doesn_t_call_it_running(self, tmp_path: Path) -> None:
        finished_run(tmp_path)
        paused = dataclasses.replace(TRAINING, state="paused")
        async with exploring(tmp_path) as visit:
            answers = await asking(visit, errands.ask_leaving(visit.gate, paused), "training is paused")
            await visit.sees("keep it paused")
            assert "running" not in visit.text
            await visit.press("enter")
            await visit.until(lambda: answers == ["keep"])


class TestDrafts:
    async def test_what_was_typed_is_there_again_after_escape_and_the_defaults_are_a_key_away(
        self, tmp_path: Path
    ) -> None:
        finished_run(tmp_path)
        draft: errands.Draft = {}
        async with exploring(tmp_path) as visit:
            answers = await asking(visit, errands.ask_new_run(visit.gate, tmp_path, draft), "new run")
            assert "as you left it" not in visit.text
            visit.app.screen.query_one("#preset", Select).value = "notebook"
            visit.app.screen.query_one("#lr", Input).value = "x"
            await visit.press(*"mine", "escape")
            await visit.until(lambda: answers == [None])
            await asking(visit, errands.ask_new_run(visit.gate, tmp_path, draft), "new run")
            await visit.sees("filled in as you left it · \\^r: back to the defaults")
            fields = visit.app.screen
            assert fields.query_one("#preset", Select).value == "notebook"
            assert [fields.query_one(f"#{name}", Input).value for name in ("name", "lr", "epochs")] == [
                "mine",
                "x",
                "",
            ]
            assert fields.query_one("#epochs", Input).placeholder == "1"
            await visit.press("ctrl+r")
            await visit.until(lambda: fields.query_one("#epochs", Input).placeholder == "3")
            assert [fields.query_one(f"#{name}", Input).value for name in ("name", "lr")] == ["", ""]
            await visit.sees_no("as you left it")

    async def test_a_form_that_failed_to_start_shows_the_reason_and_what_was_typed(
        self, tmp_path: Path
    ) -> None:
        finished_run(tmp_path)
        draft: errands.Draft = {}
        async with exploring(tmp_path) as visit:
            answers = await asking(visit, errands.ask_new_run(visit.gate, tmp_path, draft), "new run")
            visit.app.screen.query_one("#hidden", Input).value = " 7 "
            await visit.press("ctrl+s")
            await visit.until(lambda: answers)
            wanted = answers[0]
            assert isinstance(wanted, NewRun) and wanted.config.hidden == 7
            question = errands.ask_new_run(visit.gate, tmp_path, draft, "can't write runs: no [/room] left")
            answers = await asking(visit, question, "new run")
            await visit.sees(r"can't write runs: no \[/room\] left")
            assert visit.app.screen.query_one("#hidden", Input).value == " 7 "
            await visit.press("ctrl+s")
            await visit.until(lambda: answers)
            assert answers == [wanted]

    async def test_an_export_form_keeps_what_was_typed_too(self, tmp_path: Path) -> None:
        finished_run(tmp_path)
        draft: errands.Draft = {}
        async with exploring(tmp_path) as visit:
            answers = await asking(visit, errands.ask_export(visit.gate, SHOWN, draft), "export")
            visit.app.screen.query_one("#span", Select).value = "unroll"
            visit.app.screen.query_one("#timesteps", Input).value = "5"
            visit.app.screen.query_one("#file", Input).value = "x.pdf"
            await visit.until(lambda: visit.app.screen.query_one("#format", Select).value == "pdf")
            await visit.press("escape")
            await visit.until(lambda: answers == [None])
            await asking(visit, errands.ask_export(visit.gate, SHOWN, draft, "no room"), "export")
            await visit.sees("no room")
            fields = visit.app.screen
            assert [fields.query_one(f"#{name}", Select).value for name in ("span", "format")] == [
                "unroll",
                "pdf",
            ]
            steps = fields.query_one("#timesteps", Input)
            assert (steps.value, steps.disabled) == ("5", False)

    async def test_an_export_form_keeps_a_sample_until_another_one_is_on_the_screen(
        self, tmp_path: Path
    ) -> None:
        finished_run(tmp_path)
        draft: errands.Draft = {}
        async with exploring(tmp_path) as visit:
            for on_screen, offered in ((7, "7"), (7, "99"), (8, "8")):
                shown = SHOWN._replace(selection=Selection(subject=Sample(on_screen)))
                answers = await asking(visit, errands.ask_export(visit.gate, shown, draft), "export")
                sample = visit.app.screen.query_one("#sample", Input)
                assert sample.value == offered
                sample.value = "99"
                await visit.press("escape")
                await visit.until(lambda answers=answers: answers == [None])

    @pytest.mark.parametrize(
        "options",
        [
            {},
            {"cell": "rnn", "hidden": 7, "lr": 1e-3, "augment": True},
            {"preset": "notebook", "epochs": 3, "seed": 9, "hold": "f=0.1, o=1"},
        ],
        ids=str,
    )
    async def test_a_run_asked_for_in_another_way_fills_in_the_form(
        self, tmp_path: Path, options: dict[str, object]
    ) -> None:
        finished_run(tmp_path)
        config = configure(options)
        async with exploring(tmp_path) as visit:
            draft: errands.Draft = {**as_typed(NewRun(config, "mine"))}
            answers = await asking(visit, errands.ask_new_run(visit.gate, tmp_path, draft), "new run")
            await visit.press("ctrl+s")
            await visit.until(lambda: answers)
            assert answers == [NewRun(config, "mine")]


@pytest.mark.parametrize("hold", ["", "z=1"])
def test_the_same_training_with_another_cell_differs_in_nothing_else_but_holds_nothing(hold: str) -> None:
    config = configure(
        {"cell": "gru", "hidden": 7, "lr": 0.02, "preset": "notebook", "seed": 3, "hold": hold}
    )
    wanted = with_cell(config, "rnn")
    assert wanted == NewRun(
        configure({"cell": "rnn", "hidden": 7, "lr": 0.02, "preset": "notebook", "seed": 3}), None
    )
