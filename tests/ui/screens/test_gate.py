"""One dialog at a time, however fast and in whatever order keys come."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from threading import Event as Flag
from unittest.mock import patch

import pytest
from kit.screen import Visit, exploring, finished_run, live_run
from textual.events import Key
from textual.widgets import Input

from explorer.runs.catalogue import all_runs
from explorer.runs.config import Config
from explorer.runs.folder import RunFolder
from explorer.runs.summary import best_of_each_cell
from explorer.ui.base import input_queue
from explorer.ui.screens import errands
from explorer.ui.screens.choose_dialog import ChooseDialog
from explorer.ui.screens.explore.screen import Explore
from explorer.ui.screens.gate import AGAIN
from explorer.ui.screens.help import Help
from explorer.ui.screens.new_run import NewRunForm
from explorer.ui.screens.run_list import RunList
from explorer.ui.widgets.choice_list import ChoiceList

OPENING = ("c", "r", "n", "e", "g", "p", "question_mark", "exclamation_mark", "ctrl+p", "c")
"""Keys that open a dialog over a finished run."""


@contextmanager
def slow_disk() -> Iterator[tuple[Flag, Flag]]:
    """Reading all runs sets the first flag when it begins, and goes on once the second is set."""
    reading, go_on = Flag(), Flag()

    def slowly(runs: Path, like: Config) -> object:
        reading.set()
        go_on.wait(30)
        return best_of_each_cell(runs, like)

    with patch("explorer.ui.screens.errands.best_of_each_cell", slowly):
        try:
            yield reading, go_on
        finally:
            go_on.set()


def main_screen(visit: Visit) -> Explore:
    """The screen below all dialogs."""
    screen = visit.app.screen_stack[0]
    assert isinstance(screen, Explore)
    return screen


def dialogs(visit: Visit) -> list[type]:
    """What is open over the main screen."""
    return [type(screen) for screen in visit.app.screen_stack[1:]]


async def settled(visit: Visit) -> None:
    """Wait until all keys are handled, and no errand is on its way."""
    await visit.until(lambda: not visit.app.input_queue.busy)
    await visit.until(lambda: visit.gate.free or (dialogs(visit) and visit.app.focused))


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next key comes before the dialog, as where reading takes longer than a key waits."""
    monkeypatch.setattr(input_queue, "LONGEST", 0.02)


@pytest.mark.parametrize("later", OPENING)
async def test_a_key_opens_nothing_while_another_dialog_is_on_its_way(tmp_path: Path, later: str) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await visit.sees("✓ finished")
        with slow_disk() as (reading, go_on):
            await visit.press("c")
            await visit.until(reading.is_set)
            await visit.press(later)
            assert dialogs(visit) == []
            go_on.set()
            await settled(visit)
        assert dialogs(visit) == [ChooseDialog]
        await visit.pilot.resize_terminal(120, 40)
        await visit.sees("─ switch cell ─")
        await visit.press("escape")
        await visit.back()
        await settled(visit)
        assert dialogs(visit) == []


@pytest.mark.parametrize(("key", "dialog"), [("c", ChooseDialog), ("question_mark", Help)])
async def test_no_action_opens_a_dialog_over_another_even_if_its_key_was_handled_too_early(
    tmp_path: Path, key: str, dialog: type
) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await visit.sees("✓ finished")
        await visit.press(key)
        await settled(visit)
        main = main_screen(visit)
        for action in ("cell", "runs", "new_run", "export", "sample_number", "pause", "help", "messages"):
            getattr(main, f"action_{action}")()
        visit.app.action_command_palette()
        visit.app.search_themes()
        await visit.pilot.pause()
        await settled(visit)
        assert dialogs(visit) == [dialog]


async def test_two_keys_in_one_read_open_one_form_and_the_second_is_typed_into_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(input_queue, "LONGEST", 10)
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await visit.sees("✓ finished")
        for _ in range(2):
            visit.app.post_message(Key("n", "n"))
        await visit.until(lambda: dialogs(visit))
        await settled(visit)
        assert dialogs(visit) == [NewRunForm]
        assert visit.app.screen.query_one("#name", Input).value == "n"


async def test_a_key_behind_the_answer_waits_for_what_the_answer_leads_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(input_queue, "LONGEST", 10)
    finished_run(tmp_path, "done")

    def slowly(runs: Path) -> list[RunFolder]:
        time.sleep(0.3)
        return all_runs(runs)

    with live_run(tmp_path, "one"), patch("explorer.ui.screens.starter.all_runs", slowly):
        async with exploring(tmp_path) as visit:
            await visit.sees("● training")
            for key in ("n", "ctrl+s", "down", "g"):  # the form, start, a question: yes or no; g is for that
                visit.app.post_message(Key(key, key if len(key) == 1 else None))
            await visit.sees("─ start another training\\? ─")
            await settled(visit)
            assert dialogs(visit) == [ChooseDialog]
            assert visit.app.screen.query_one(ChoiceList).cursor == 1


async def test_what_was_asked_about_a_run_is_dropped_once_another_is_open(tmp_path: Path) -> None:
    finished_run(tmp_path, "two", "gru")
    finished_run(tmp_path, "one")
    async with exploring(tmp_path) as visit:
        await visit.sees("✓ finished .* one")
        main = main_screen(visit)
        with slow_disk() as (reading, go_on):
            await visit.press("c")
            await visit.until(reading.is_set)
            main.open_run(RunFolder(tmp_path / "two"))
            go_on.set()
            await settled(visit)
        assert dialogs(visit) == []
        await visit.press("c")
        await settled(visit)
        main.open_run(RunFolder(tmp_path / "one"))
        await visit.press("enter")
        await visit.back()
        await settled(visit)
        await visit.sees("✓ finished .* one")


@pytest.mark.parametrize("live", [False, True])
async def test_leaving_comes_before_what_has_not_asked_yet(tmp_path: Path, live: bool) -> None:
    finished_run(tmp_path)
    with live_run(tmp_path, "two") if live else nullcontext(), slow_disk() as (reading, go_on):
        async with exploring(tmp_path) as visit:
            await visit.sees("● training" if live else "✓ finished")
            await visit.press("c")
            await visit.until(reading.is_set)
            await visit.press("q")
            if live:
                await visit.sees("─ training is running ─")
                go_on.set()
                await settled(visit)
                assert dialogs(visit) == [ChooseDialog]
                await visit.press("enter")
            await visit.until(lambda: not visit.app.is_running)
            go_on.set()
        assert visit.app._exception is None and visit.app.return_value == 0


async def test_a_form_that_no_key_has_asked_for_waits_until_the_dialog_is_closed(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await visit.sees("✓ finished")
        await visit.press("question_mark")
        await visit.until(lambda: dialogs(visit) == [Help])

        async def ask() -> None:
            await errands.ask_new_run(visit.gate, tmp_path, {}, "the last one failed")

        visit.gate.follow(ask)
        await asyncio.sleep(2 * AGAIN)
        assert dialogs(visit) == [Help]
        await visit.press("escape")
        await visit.sees("the last one failed")
        assert dialogs(visit) == [NewRunForm]


async def test_over_the_list_of_runs_opens_one_dialog_at_a_time(tmp_path: Path) -> None:
    finished_run(tmp_path)
    measuring, go_on = Flag(), Flag()

    def slowly(folder: RunFolder) -> int:
        measuring.set()
        go_on.wait(30)
        return 1

    async with exploring(tmp_path) as visit:
        await visit.sees("✓ finished")
        await visit.press("r")
        await settled(visit)
        with patch("explorer.ui.screens.run_changes.disk_size", slowly):
            await visit.press("D")
            await visit.until(measuring.is_set)
            await visit.press("i", "R", "D")
            assert dialogs(visit) == [RunList]
            go_on.set()
            await visit.sees("─ delete this run\\? ─")
        assert dialogs(visit) == [RunList, ChooseDialog]
