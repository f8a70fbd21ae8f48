"""Keys that arrive together do what they would have done one by one."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from threading import Event as Flag
from unittest.mock import patch

import pytest
from kit.screen import Visit, exploring, finished_run, new_run
from textual.app import App, ComposeResult
from textual.events import Key, MouseDown, MouseUp, Paste
from textual.message import Message
from textual.widgets import Input

import explorer.ui.base.input_queue as input_queue
from explorer.runs.config import Config
from explorer.runs.summary import best_of_each_cell
from explorer.ui.base.textual_patches import PatchedApp
from explorer.ui.screens.choose_dialog import ChooseDialog
from explorer.ui.screens.commands import Palette
from explorer.ui.screens.new_run import NewRunForm
from explorer.ui.screens.number_dialog import NumberDialog
from explorer.ui.widgets.choice_list import ChoiceList


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give a busy machine the time that it needs to open a dialog."""
    monkeypatch.setattr(input_queue, "LONGEST", 30)


def typed(key: str) -> Key:
    """A key, as the terminal reports it."""
    return Key(key, key if len(key) == 1 else None)


async def burst(visit: Visit, *inputs: str | Message) -> None:
    """Send input all at once, as it arrives from a slow connection, and wait until all of it is handled."""
    for one in inputs:
        visit.app.post_message(typed(one) if isinstance(one, str) else one)
    await visit.pilot.pause()
    await visit.until(lambda: not visit.app.input_queue.busy)


async def test_each_key_of_a_form_goes_to_the_field_that_the_key_before_has_focused(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await visit.sees("is 0, read as 0")
        await burst(visit, "n", *"ab", "tab", "right", "tab", *"64", "tab", "2", "shift+tab")
        form = visit.app.screen
        assert isinstance(form, NewRunForm)
        shown = {field.id: field.value for field in form.query(Input) if field.value}
        assert shown == {"name": "ab", "hidden": "64", "epochs": "2"}
        assert visit.app.focused is form.query_one("#hidden")


async def test_a_paste_goes_to_the_field_that_the_key_before_has_focused(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await visit.sees("is 0, read as 0")
        await burst(visit, "n", Paste("mine"), "tab", "tab", Paste("32"))
        shown = {field.id: field.value for field in visit.app.screen.query(Input) if field.value}
        assert shown == {"name": "mine", "hidden": "32"}


async def test_a_dialog_takes_the_keys_that_follow_the_one_that_opens_it(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await visit.sees("is 0, read as 0")
        await burst(visit, "c", "n")
        assert [type(screen) for screen in visit.app.screen_stack[1:]] == [ChooseDialog]
        await burst(visit, "escape", "g", *"417", "enter")
        assert len(visit.app.screen_stack) == 1
        await visit.sees("sample 417 ")
        await burst(visit, "question_mark", "q", "g")
        assert [type(screen) for screen in visit.app.screen_stack[1:]] == [NumberDialog]


async def test_a_dialog_that_is_slow_to_come_still_takes_the_keys(tmp_path: Path) -> None:
    finished_run(tmp_path, "one", "lstm")
    finished_run(tmp_path, "two", "gru")
    reading, go_on = Flag(), Flag()

    def slowly(runs: Path, like: Config) -> object:
        reading.set()
        go_on.wait(10)
        return best_of_each_cell(runs, like)

    async with exploring(tmp_path) as visit:
        await visit.sees("is 0, read as 0")
        with patch("explorer.ui.screens.errands.best_of_each_cell", slowly):
            for key in ("c", "down", "n"):
                visit.app.post_message(typed(key))
            await visit.until(reading.is_set)
            assert len(visit.app.screen_stack) == 1
            go_on.set()
            await visit.until(lambda: not visit.app.input_queue.busy)
        assert [type(screen) for screen in visit.app.screen_stack[1:]] == [ChooseDialog]
        assert visit.app.screen.query_one(ChoiceList).cursor == 1


async def test_the_palette_takes_a_command_and_enter_at_once(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await visit.sees("is 0, read as 0")
        await burst(visit, "ctrl+p", *"number", "enter", *"33", "enter")
        await visit.sees("sample 33 ")


async def test_typing_in_the_palette_waits_for_no_search(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await visit.sees("is 0, read as 0")
        began = time.monotonic()
        await burst(visit, "ctrl+p", *"qqqqqqqqqq" * 8)  # a search without a hit takes Textual 0.1 s
        assert time.monotonic() - began < 6
        assert isinstance(visit.app.screen, Palette)
        assert visit.app.screen.query_one(Input).value == "q" * 80


async def test_a_click_comes_after_the_keys_before_it(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await visit.sees("is 0, read as 0")
        await burst(visit, "n")
        place = visit.app.screen.query_one("#epochs").region.offset
        await burst(visit, "escape")
        at = (None, *place, 0, 0, 1, False, False, False, *place)
        await burst(visit, "n", MouseDown(*at), MouseUp(*at), "9")
        shown = {field.id: field.value for field in visit.app.screen.query(Input) if field.value}
        assert shown == {"epochs": "9"}


def late(*keys: str, seconds: float = 3.0) -> list[Key]:
    """Return keys that were pressed some time ago."""
    pressed = [typed(key) for key in keys]
    for key in pressed:
        key.time -= seconds
    return pressed


async def test_a_key_that_only_looks_elsewhere_is_worth_nothing_seconds_later(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await visit.sees("is 0, read as 0")
        await visit.sees("● test", "#curves")  # the curves, which are drawn in another thread
        before = visit.text
        for key in ("right_square_bracket", "x", "m", "2", "tab", "shift+tab", "up", "right", "u", "z"):
            await burst(visit, *late(key))
        assert visit.app.focused is visit.widget("#gates")
        assert visit.text == before
        await burst(visit, *late("right_square_bracket", "up", seconds=0.3))
        await visit.sees(r"sample 1\b")
        await visit.sees("timestep 27 of 28")


async def test_every_other_key_acts_however_late_and_so_does_all_that_is_typed_in_a_dialog(
    tmp_path: Path,
) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await visit.sees("is 0, read as 0")
        await burst(visit, *late("n", *"hul", "tab", "right", "tab", *"123"))
        shown = {field.id: field.value for field in visit.app.screen.query(Input) if field.value}
        assert shown == {"name": "hul", "hidden": "123"}
        await burst(visit, *late("escape", "g", *"41", "left", "2", "home", "3", "enter"))
        await visit.sees(r"sample 3,421\b")
        await burst(visit, *late("question_mark"))
        assert len(visit.app.screen_stack) == 2


async def test_a_long_burst_of_keys_holds_up_the_key_behind_it_for_little_more_than_a_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(input_queue, "STALE", 0.2)
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await visit.sees("is 0, read as 0")
        await burst(visit, *["right_square_bracket", "down", "up", "z"] * 2000, "question_mark")
        assert len(visit.app.screen_stack) == 2
        await burst(visit, "escape")
        shown = await visit.sees(r"sample (\d+) ")
        assert int(shown[1]) < 1000


async def test_an_action_that_never_ends_holds_up_the_next_key_only_for_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(input_queue, "LONGEST", 0.3)
    new_run(tmp_path)
    go_on = Flag()
    async with exploring(tmp_path) as visit:
        with patch("explorer.ui.screens.errands.best_of_each_cell", lambda runs, like: go_on.wait(30) and {}):
            await burst(visit, "c", "tab")
            await visit.until(lambda: visit.app.focused is visit.widget("#belief"))
            assert len(visit.app.screen_stack) == 1
            go_on.set()
            await visit.until(lambda: isinstance(visit.app.screen, ChooseDialog) and visit.app.focused)


async def test_the_key_that_leaves_at_once_waits_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(input_queue, "LONGEST", 60)
    finished_run(tmp_path)
    reading, go_on = Flag(), Flag()

    def endlessly(runs: Path, like: object) -> object:
        reading.set()
        return go_on.wait(30) and {}

    async with exploring(tmp_path) as visit:
        with patch("explorer.ui.screens.errands.best_of_each_cell", endlessly):
            visit.app.post_message(typed("c"))
            visit.app.post_message(typed("n"))
            await visit.until(reading.is_set)
            visit.app.post_message(typed("ctrl+q"))
            await visit.until(lambda: not visit.app.is_running)
            go_on.set()


class Page(PatchedApp[None]):
    """An app with two fields."""

    def compose(self) -> ComposeResult:
        yield Input(id="first")
        yield Input(id="second")

    def show_update(self, update: object) -> bool:
        return False

    def key_f5(self) -> None:
        raise RuntimeError("broken")


async def values_after_two_keys(kind: Callable[[], App[None]]) -> list[str]:
    """Return what the two fields hold after tab and a digit in one read."""
    async with kind().run_test() as pilot:
        for key in ("tab", "1"):
            pilot.app.post_message(typed(key))
        await pilot.pause(0.1)
        return [field.value for field in pilot.app.query(Input)]


async def test_a_digit_after_tab_goes_to_the_old_field_in_textual_and_to_the_next_in_ours() -> None:
    class Plain(App[None]):
        compose = Page.compose

    assert await values_after_two_keys(Plain) == ["1", ""]
    assert await values_after_two_keys(Page) == ["", "1"]


async def test_a_failure_of_a_key_ends_the_app_and_is_reported() -> None:
    with pytest.raises(RuntimeError, match="broken"):
        async with Page().run_test() as pilot:
            await pilot.press("f5")


async def test_nothing_runs_once_all_is_handled(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await visit.sees("is 0, read as 0")
        await burst(visit, *["down"] * 30, *["right"] * 30)
        assert not visit.app.input_queue.busy
        await visit.sees("timestep 28 of 28 · unit 30")
