"""Starting a training: the question whether there may be a second one, and what follows a failure."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import patch

import pytest
from kit.facts import changed
from kit.fake_engine import FakeEngine
from kit.screen import Visit, beginning, exploring, finished_run, live_run
from textual.widgets import Input, Label

from explorer.runs.catalogue import create_run, list_runs
from explorer.runs.config import configure
from explorer.runs.folder import RunFolder
from explorer.ui.screens.new_run import NewRunForm
from explorer.ui.widgets.select import Select

REASON = "can't read /data: no [/room] left"
"""Why an engine fails, with something that looks like markup."""
TYPED = {"name": "mine", "hidden": " 7 ", "lr": "1e-3", "cell": "gru", "augment": True}
"""What is typed into the form."""
WANTED = configure({"cell": "gru", "hidden": 7, "lr": 1e-3, "augment": True})
"""The training that it stands for."""


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Know no folders of runs but those of the test: one that failed may have left a training behind."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))


async def form(visit: Visit) -> NewRunForm:
    """Wait for the form, and return it."""
    await visit.until(lambda: isinstance(visit.app.screen, NewRunForm) and visit.app.focused is not None)
    shown = visit.app.screen
    assert isinstance(shown, NewRunForm)
    return shown


async def fill_in(visit: Visit) -> None:
    """Open the form, and type something into it."""
    await visit.press("n")
    shown = await form(visit)
    assert not shown.query_one("#name", Input).value
    for name, value in TYPED.items():
        shown.query_one(f"#{name}", (Select if name in ("cell", "augment") else Input)).value = value


def said(shown: NewRunForm) -> str:
    """What the form says below its fields."""
    return str(shown.query_one("#message", Label).render())


async def refilled(visit: Visit, reason: str) -> None:
    """Wait until the form is back with everything that was typed into it, and the reason."""
    shown = await form(visit)
    await visit.until(lambda: said(shown) == reason)
    assert {name: shown.typed[name] for name in TYPED} == TYPED
    assert not shown.query(".-wrong")


async def started(visit: Visit, name: str = "mine") -> FakeEngine:
    """Wait for the engine of a run, and return it."""

    def living() -> list[FakeEngine]:
        engines = [one for one in visit.engines if isinstance(one, FakeEngine)]
        return [one for one in engines if one.folder.name == name and one.returncode is None]

    await visit.until(living)
    return living()[0]


async def asked(visit: Visit) -> None:
    """Wait for the question whether there may be a second training."""
    await visit.sees("─ start another training\\? ─")
    await visit.until(lambda: visit.app.focused and visit.app.focused.screen is visit.app.screen)


class TestSecondTraining:
    @pytest.mark.parametrize("answer", [["enter"], ["escape"]], ids=" ".join)
    async def test_a_second_training_is_asked_about_and_a_no_starts_nothing_and_loses_nothing(
        self, tmp_path: Path, answer: list[str]
    ) -> None:
        with live_run(tmp_path) as engine:
            async with exploring(tmp_path) as visit:
                await visit.sees("● training")
                await fill_in(visit)
                await visit.press("ctrl+s")
                await asked(visit)
                await visit.sees(r"A training is running: one \(30%\)\. Another one shares")
                await visit.press(*answer)
                await visit.back()
                assert [run.name for run in list_runs(tmp_path)] == ["one"]
                assert visit.engines == [] and engine.returncode is None
                await visit.sees("● training .* one")
                await visit.press("n")
                await refilled(visit, "filled in as you left it · ^r: back to the defaults")
                await visit.press("ctrl+s")
                await asked(visit)
                await visit.press("down", "enter")
                await visit.sees("● training .* GRU 7 .* mine")
                assert (await started(visit)).folder.read().config == WANTED
                assert engine.returncode is None

    async def test_another_cell_is_asked_about_too(self, tmp_path: Path) -> None:
        with live_run(tmp_path):
            async with exploring(tmp_path) as visit:
                await visit.sees("● training")
                await visit.press("c", "enter")
                await asked(visit)
                await visit.press("enter")
                await visit.back()
                assert [run.name for run in list_runs(tmp_path)] == ["one"]

    async def test_resuming_beside_a_training_is_asked_about_too(self, tmp_path: Path) -> None:
        with live_run(tmp_path, "busy"):
            finished_run(tmp_path, "done")
            async with exploring(tmp_path) as visit:
                await visit.sees("✓ finished .* done")
                await visit.press("p", "9", "enter")
                await asked(visit)
                await visit.press("enter")
                await visit.back()
                assert not [one for one in visit.engines if isinstance(one, FakeEngine)]
                await visit.sees("✓ finished .* done")

    @pytest.mark.parametrize("lingers", [True, False])
    async def test_beside_runs_that_nothing_trains_a_training_starts_without_a_question(
        self, tmp_path: Path, lingers: bool
    ) -> None:
        with live_run(tmp_path, "two") as engine:
            engine.write(changed("stopped"))
            if not lingers:
                engine.end()
            finished_run(tmp_path, "one")
            async with exploring(tmp_path) as visit:
                await visit.sees("✓ finished")
                await fill_in(visit)
                await visit.press("ctrl+s")
                await visit.sees("● training .* GRU 7 .* mine")

    async def test_a_training_elsewhere_is_asked_about_before_the_first_one_starts_by_itself(
        self, tmp_path: Path
    ) -> None:
        with live_run(tmp_path / "elsewhere", "far"):
            async with exploring(tmp_path / "runs") as visit:
                await asked(visit)
                await visit.sees(r"A training is running: far \(30%\)")
                await visit.press("enter")
                await visit.back()
                await visit.sees("no run is open; n starts one", "#gates")
                assert list_runs(tmp_path / "runs") == []


class TestFailure:
    async def test_a_run_that_can_t_be_made_brings_the_form_back_with_everything_typed(
        self, tmp_path: Path
    ) -> None:
        runs = tmp_path / "runs"
        finished_run(runs)
        async with exploring(runs) as visit:
            await visit.sees("✓ finished")
            await fill_in(visit)
            runs.rename(tmp_path / "elsewhere")
            runs.write_text("no folder any more")
            await visit.press("ctrl+s")
            reason = f"can't write runs to {runs}: File exists; choose another folder with --runs-dir"
            await refilled(visit, reason)
            runs.unlink()
            (tmp_path / "elsewhere").rename(runs)
            await visit.press("ctrl+s")
            await visit.sees("● training .* GRU 7 .* mine")
            assert (await started(visit)).folder.read().config == WANTED
            await visit.press("n")
            assert said(await form(visit)) == ""  # what has been done isn't filled in again

    async def test_an_engine_that_can_t_be_started_brings_the_form_back_and_leaves_no_run(
        self, tmp_path: Path
    ) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path) as visit:
            await visit.sees("✓ finished")
            await fill_in(visit)
            fails = OSError(12, "Cannot allocate memory")
            with patch("explorer.ui.screens.starter.start_engine", side_effect=fails):
                await visit.press("ctrl+s")
                await refilled(visit, f"can't start an engine in {tmp_path / 'mine'}: Cannot allocate memory")
            assert [run.name for run in list_runs(tmp_path)] == ["one"]
            await visit.press("ctrl+s")  # its name is free again
            await visit.sees("● training .* GRU 7 .* mine")

    @pytest.mark.parametrize("ready", [False, True], ids=["before it came up", "after it came up"])
    async def test_an_engine_that_removes_its_run_brings_the_form_back_over_the_run_before(
        self, tmp_path: Path, ready: bool
    ) -> None:
        finished_run(tmp_path, "newest", "rnn")
        finished_run(tmp_path, "one")
        async with exploring(tmp_path) as visit:

            def start(folder: RunFolder) -> FakeEngine:
                """Stand in for `start_engine`."""
                engine = FakeEngine(folder, changed("preparing", "reading data"))
                visit.engines.append(engine)
                return engine

            await visit.sees("✓ finished .* one")
            await visit.press("r", "down", "enter")
            await visit.sees("✓ finished .* newest")
            await fill_in(visit)
            for _ in range(2):
                with patch("explorer.ui.screens.starter.start_engine", start):
                    await visit.press("ctrl+s")
                    engine = await started(visit)
                    if ready:
                        await visit.sees("◌ preparing .* GRU 7 .* mine")
                    engine.fail(REASON)
                    await refilled(visit, REASON)
                await visit.sees("✓ finished .* RNN 40 .* newest")
                assert not (tmp_path / "mine").exists()
            await visit.press("escape")
            await visit.back()
            await visit.sees("is 0, read as 0")
            await visit.sees("✓ finished .* RNN 40 .* newest")

    async def test_a_failure_that_is_about_an_option_marks_its_field_until_it_is_changed(
        self, tmp_path: Path
    ) -> None:
        finished_run(tmp_path, "one")
        events = [changed("preparing", "reading data")]
        with patch("kit.screen.beginning", lambda cell: events):
            async with exploring(tmp_path) as visit:
                await visit.sees("✓ finished .* one")
                await fill_in(visit)
                await visit.press("ctrl+s")
                (await started(visit)).fail("--device cuda: torch finds no such device here")
                shown = await form(visit)
                await visit.until(lambda: said(shown) == "device: torch finds no such device here")
                assert [one.id for one in shown.query(".-wrong")] == ["device"]
                assert visit.app.focused is shown.query_one("#device")
                await visit.press("right")
                await visit.until(lambda: not shown.query(".-wrong"))
                assert shown.typed["name"] == "mine"

    async def test_without_a_run_before_the_form_comes_back_over_none(self, tmp_path: Path) -> None:
        events = [changed("preparing", "reading data")]
        with patch("kit.screen.beginning", lambda cell: events):
            async with exploring(tmp_path / "runs") as visit:
                await visit.sees("◌ preparing")
                (engine,) = visit.engines
                assert isinstance(engine, FakeEngine)
                engine.fail(REASON)
                shown = await form(visit)
                await visit.until(lambda: said(shown) == REASON)
                await visit.press("escape")
                await visit.back()
                await visit.sees("no run is open; n starts one", "#gates")
                await visit.press("s", "p", "+", "m", "]")
                await visit.sees("no run is open; n starts a new one", "MessageLine")
                events.extend(beginning()[1:])
                await visit.press("n", "ctrl+s")
                await visit.sees("● training .* LSTM 128")

    async def test_a_cell_that_can_t_be_trained_brings_up_the_form_filled_in_like_the_run(
        self, tmp_path: Path
    ) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path) as visit:
            await visit.sees("✓ finished")
            with patch("explorer.ui.screens.starter.start_engine", side_effect=OSError(12, "no memory")):
                await visit.press("c", "enter")
                shown = await form(visit)
            await visit.until(lambda: said(shown).endswith(": no memory"))
            assert (shown.typed["cell"], shown.typed["hidden"], shown.typed["epochs"]) == ("gru", "40", "2")
            await visit.press("ctrl+s")
            await visit.sees("● training .* GRU 40")


async def test_a_run_whose_folder_is_deleted_while_it_trains_is_no_failed_start(tmp_path: Path) -> None:
    async with exploring(tmp_path) as visit:
        await visit.sees("● training")
        (engine,) = [one for one in visit.engines if isinstance(one, FakeEngine)]
        engine.fail("the run's folder is gone")
        await visit.sees("✗ lost")
        await visit.sees("its folder is gone", "MessageLine")
        assert len(visit.app.screen_stack) == 1


async def test_a_training_that_ends_on_its_own_is_no_failed_start(tmp_path: Path) -> None:
    create_run(tmp_path, configure({}), "older")
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await visit.sees("✓ finished")
        await fill_in(visit)
        await visit.press("ctrl+s")
        await visit.sees("● training .* mine")
        (await started(visit)).end("failed", REASON)
        await visit.sees(r"^ failed: can't read /data: no \[/room\] left; p tries again", "MessageLine")
        await visit.sees("✗ failed .* mine")
        assert len(visit.app.screen_stack) == 1
