"""The list of runs: its columns, and what can be done with a run in it."""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from kit.facts import changed, evaluated
from kit.names import HARD_NAMES
from kit.screen import Visit, beginning, exploring, finished_run, learning, live_run, new_run
from rich.cells import cell_len
from textual.widgets import Input
from wcwidth import wcwidth

from explorer.runs.catalogue import create_run
from explorer.runs.config import OPTIONS, configure
from explorer.runs.events import Evaluated
from explorer.runs.folder import RunFolder
from explorer.runs.manage import Deleted, Renamed
from explorer.runs.summary import summarise
from explorer.runs.writer import EventWriter
from explorer.ui.screens import errands
from explorer.ui.screens.explore.screen import Explore
from explorer.ui.screens.run_lines import RunTable
from explorer.ui.screens.run_list import RunList
from explorer.ui.widgets.choice_list import ChoiceList


async def listed(visit: Visit, runs: Path, shown: str = "one") -> list[object]:
    """Open the list of runs; returns what it reports: each change, and at the end the answer."""
    said: list[object] = []

    async def ask() -> None:
        said.append(await errands.choose_run(visit.gate, runs, runs / shown, said.append))

    await visit.sees("✓ finished|● training")
    visit.app.run_worker(ask())
    await visit.sees("─ switch run ─")
    await visit.until(lambda: isinstance(visit.app.focused, ChoiceList))
    return said


async def opened(visit: Visit, key: str, title: str) -> None:
    """Press a key in the list, and wait for the dialog that it opens."""
    await visit.press(key)
    await visit.sees(rf"─ {title} ─")
    await visit.until(lambda: visit.app.focused and visit.app.focused.screen is visit.app.screen)


async def again(visit: Visit) -> None:
    """Wait until the list has the focus again."""
    await visit.until(lambda: isinstance(visit.app.screen, RunList) and visit.app.focused is not None)


async def agree(visit: Visit) -> None:
    """Choose the second answer, yes."""
    choices = visit.app.screen.query_one(ChoiceList)
    await visit.press("down")
    await visit.until(lambda: choices.cursor == 1)
    await visit.press("enter")


def main_screen(visit: Visit) -> Explore:
    """The screen below all dialogs."""
    screen = visit.app.screen_stack[0]
    assert isinstance(screen, Explore)
    return screen


async def test_a_training_in_the_list_is_shown_as_it_is_now(tmp_path: Path) -> None:
    with live_run(tmp_path) as engine:
        async with exploring(tmp_path) as visit:
            await visit.sees("● training")
            await opened(visit, "r", "switch run")
            await visit.sees("one .* training")
            engine.end("stopped")
            await visit.sees("one .* stopped")


async def test_a_run_that_is_deleted_elsewhere_leaves_the_list(tmp_path: Path) -> None:
    finished_run(tmp_path, "other")
    finished_run(tmp_path, "one")
    async with exploring(tmp_path) as visit:
        await visit.sees("✓ finished .* one")
        await opened(visit, "r", "switch run")
        await visit.sees("other .* finished")
        shutil.rmtree(tmp_path / "other")
        await visit.sees_no("other .* finished")
        await visit.sees("one .* finished")


async def test_a_run_that_is_started_elsewhere_joins_the_list_and_the_cursor_stays_at_its_run(
    tmp_path: Path,
) -> None:
    finished_run(tmp_path, "other")
    finished_run(tmp_path, "one")
    async with exploring(tmp_path) as visit:
        await visit.sees("✓ finished .* one")
        await opened(visit, "r", "switch run")
        await visit.press("down")
        with live_run(tmp_path, "new"):
            await visit.sees("new .* training")
            await visit.press("enter")
            await visit.back()
            await visit.sees("✓ finished .* other")


async def test_the_first_run_ends_the_remark_that_there_are_none(tmp_path: Path) -> None:
    finished_run(tmp_path / "shown")
    async with exploring(tmp_path / "shown") as visit:
        await listed(visit, tmp_path / "empty")
        await visit.sees("there are no runs yet; n starts one")
        finished_run(tmp_path / "empty", "first")
        await visit.sees("first .* finished")
        await visit.sees_no("there are no runs yet")


class TestColumns:
    def lines(self, runs: list[RunFolder], width: int, shown: Path | None = None) -> list[str]:
        """The table at a width, the heading first."""
        table, found = RunTable(shown), [summarise(run) for run in runs]
        table.widen(found)
        words = [table.head(width), *(table.line(one, width) for one in found)]
        return ["".join(text for text, _ in line) for line in words]

    @pytest.mark.parametrize(
        ("width", "columns"),
        [
            (54, ["run", "cell", "state", "accuracy"]),
            (74, ["run", "cell", "epochs", "state", "accuracy", "made ▼"]),
            (114, ["run", "cell", "hidden", "data set", "epochs", "preset", "state", "accuracy", "made ▼"]),
        ],
    )
    def test_the_least_important_columns_are_dropped_where_there_is_no_room(
        self, tmp_path: Path, width: int, columns: list[str]
    ) -> None:
        head, line = self.lines([finished_run(tmp_path, "lstm-20261123-214500")], width)
        assert re.split(r" {2,}", head.strip()) == columns
        assert re.split(r" {2,}", line.strip())[:2] == ["lstm-20261123-214500", "LSTM"]
        assert cell_len(line) <= width

    @pytest.mark.parametrize("width", [54, 74, 114, 154])
    def test_columns_stay_aligned_whatever_a_run_is_called(self, tmp_path: Path, width: int) -> None:
        runs = [
            finished_run(tmp_path, "short"),
            finished_run(tmp_path, "tmp"),
            finished_run(tmp_path, "a" * 64),
        ]
        runs[1].path.rename(tmp_path / "漢字の名前は幅が二倍です漢字の名前は幅が二倍です")
        runs[1] = RunFolder(tmp_path / "漢字の名前は幅が二倍です漢字の名前は幅が二倍です")
        head, *lines = self.lines(runs, width)
        begin = head.index("state")
        assert {cell_len(line[: line.index("finished")]) for line in lines} == {begin}
        assert all(cell_len(line) <= width for line in lines)
        assert "…" in lines[1] or width > 74

    @pytest.mark.parametrize("width", [54, 74, 114, 154])
    def test_columns_stay_in_sight_and_in_place_beside_names_that_no_two_terminals_draw_alike(
        self, tmp_path: Path, width: int
    ) -> None:
        runs = [finished_run(tmp_path, f"run-{number}") for number in range(len(HARD_NAMES))]
        named = [
            RunFolder(run.path.rename(tmp_path / name)) for run, name in zip(runs, HARD_NAMES, strict=True)
        ]
        head, *lines = self.lines(named, width)
        begin = head.index("state")
        for line in lines:
            before = line[: line.index("finished")]
            assert cell_len(before) == sum(map(wcwidth, before)) == begin
            assert cell_len(line) <= width and "95.00%" in line
        assert re.match("  x+…x+  ", lines[-1])

    def test_an_accuracy_of_a_part_of_the_test_set_says_so(self, tmp_path: Path) -> None:
        run = new_run(tmp_path)
        writer = EventWriter(run.events)
        look: Evaluated = evaluated(3, epoch=0, samples=1000, whole=False, accuracy=0.962)
        for event in [*beginning(), *learning(3), look, changed("stopped")]:
            writer.write(event)
        writer.close()
        _, part = self.lines([run], 114)
        assert " 0/2 " in part and "96.20% of 1,000" in part
        _, whole = self.lines([finished_run(tmp_path, "two")], 114)
        assert " 2/2 " in whole and re.search(r"95\.00%  +\d", whole)

    def test_the_run_on_the_screen_is_marked_however_its_path_is_written(self, tmp_path: Path) -> None:
        runs = [finished_run(tmp_path, "one"), finished_run(tmp_path, "two")]
        (tmp_path / "link").symlink_to(tmp_path)
        _, one, two = self.lines(runs, 114, tmp_path / "link" / "two")
        assert one.startswith("  one ") and two.startswith("› two ")


class TestKeys:
    async def test_the_cursor_begins_at_the_run_on_the_screen(self, tmp_path: Path) -> None:
        for name in ("one", "two", "three"):
            finished_run(tmp_path, name)
        async with exploring(tmp_path) as visit:
            said = await listed(visit, tmp_path, "two")
            await visit.press("enter")
            await visit.until(lambda: said)
            assert isinstance(said[0], RunFolder) and said[0].name == "two"

    @pytest.mark.parametrize("size", [(60, 20), (80, 24), (160, 45)], ids=str)
    async def test_every_key_is_named_and_the_details_show_every_option(
        self, tmp_path: Path, size: tuple[int, int]
    ) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path, size) as visit:
            said = await listed(visit, tmp_path)
            for key in (
                "enter: open",
                "space: mark",
                "c: compare",
                "/: filter",
                "s S: sort",
                "i: details",
                "R: rename",
                "D: delete",
                "esc: close",
            ):
                await visit.sees(rf"│.* {key}[ ·].*│")
            await opened(visit, "right", "run")
            await visit.sees("esc: close")
            await visit.sees(r"run +one ")
            await visit.sees(r"trained +10 of 10 steps, 2/2 epochs")
            seen = visit.text
            await visit.press("end")
            await visit.sees(r"size +\d+ KB")
            await visit.sees(r"folder +/")
            seen += visit.text
            for option in OPTIONS:
                assert re.search(rf"{option.name.replace('_', ' ')} +\S", seen), option.name
            await visit.press("left")
            await again(visit)
            await visit.press("escape")
            await visit.until(lambda: said == [None])

    async def test_a_damaged_run_has_details_too(self, tmp_path: Path) -> None:
        finished_run(tmp_path)
        (new_run(tmp_path, "hurt").path / "run.json").write_text("{")
        async with exploring(tmp_path) as visit:
            await listed(visit, tmp_path)
            await visit.press("home")
            await opened(visit, "i", "run")
            await visit.sees(r"state +damaged")

    async def test_a_run_is_renamed_and_the_name_is_checked_as_it_is_typed(self, tmp_path: Path) -> None:
        finished_run(tmp_path, "two")
        finished_run(tmp_path, "one")
        async with exploring(tmp_path) as visit:
            said = await listed(visit, tmp_path)
            await opened(visit, "R", "rename the run")
            field = visit.app.screen.query_one(Input)
            assert field.value == "one"
            field.value = "two"
            await visit.press("enter")
            await visit.sees("name: there is already a run 'two'; choose another")
            field.value = "best"
            await visit.press("enter")
            await again(visit)
            await visit.sees(r"› best +LSTM .*\n.*  two +LSTM")
            assert said == [Renamed(tmp_path / "one", tmp_path / "best")]
            assert RunFolder(tmp_path / "best").read().run == "best"

    async def test_a_run_is_deleted_only_after_a_yes(self, tmp_path: Path) -> None:
        for name in ("one", "two"):
            finished_run(tmp_path, name)
        async with exploring(tmp_path) as visit:
            said = await listed(visit, tmp_path)
            for keys in (["enter"], ["escape"]):
                await opened(visit, "D", "delete this run\\?")
                await visit.sees(r"one, \d+ KB, with its checkpoints and pictures")
                await visit.press(*keys)
                await again(visit)
            assert said == [] and (tmp_path / "one").is_dir()
            await opened(visit, "delete", "delete this run\\?")
            await agree(visit)
            await again(visit)
            await visit.sees_no("│ › one ")
            assert said == [Deleted(tmp_path / "one")] and not (tmp_path / "one").exists()
            await opened(visit, "D", "delete this run\\?")
            await agree(visit)
            await visit.until(lambda: said[1:] == [Deleted(tmp_path / "two")])
            await again(visit)
            await visit.press("D", "R", "i", "enter")  # on an empty list
            await visit.pilot.pause()
            await visit.sees("switch run")
            assert len(said) == 2

    @pytest.mark.parametrize(("key", "wanted"), [("R", "rename"), ("D", "delete")])
    async def test_a_run_that_is_training_is_neither_renamed_nor_deleted_and_nothing_is_asked(
        self, tmp_path: Path, key: str, wanted: str
    ) -> None:
        refusal = f"run one is training; stop it before you {wanted} it"
        with live_run(tmp_path) as engine:
            async with exploring(tmp_path) as visit:
                said = await listed(visit, tmp_path)
                await visit.press(key)
                await visit.sees(refusal)
                assert isinstance(visit.app.screen, RunList)
                assert said == [] and (tmp_path / "one" / "run.json").exists()
                engine.train(*range(4, 11))
                await visit.sees("one .* 2/2 .* training")  # the list was refreshed
                assert refusal in visit.text
                await visit.press("down")
                await visit.sees_no(refusal)

    async def test_a_click_at_a_heading_sorts_by_it_and_one_below_it_opens_a_run(
        self, tmp_path: Path
    ) -> None:
        for name in ("one", "two"):
            finished_run(tmp_path, name)
        async with exploring(tmp_path) as visit:
            said = await listed(visit, tmp_path)
            choices = visit.app.screen.query_one(ChoiceList)
            await visit.sees(r"made ▼.*\n.*two .*\n.*one ")
            for arrow in "▲▼":
                await visit.pilot.click(choices, offset=(5, 0))
                first, second = ("one", "two") if arrow == "▲" else ("two", "one")
                await visit.sees(rf"run {arrow}.*\n.*{first} .*\n.*{second} ")
            assert said == []
            await visit.pilot.click(choices, offset=(5, 2))
            await visit.until(lambda: said)
            assert isinstance(said[0], RunFolder) and said[0].name == "one"


class TestOpenRun:
    """The list as the main screen opens it: the run on the screen is followed, or replaced."""

    async def test_the_open_run_is_followed_to_its_new_name_with_the_sample_that_was_shown(
        self, tmp_path: Path
    ) -> None:
        finished_run(tmp_path, "two")
        finished_run(tmp_path, "one", "rnn")
        async with exploring(tmp_path) as visit:
            await visit.sees("sample 0  ")
            await visit.press("]")
            await visit.sees("sample 1  ")
            file = tmp_path.resolve() / "one" / "exports" / "x.png"
            file.parent.mkdir()
            file.touch()
            main_screen(visit).exporter.path = picture = str(file)
            await visit.press("y")
            await visit.until(lambda: visit.app.clipboard == picture)
            await opened(visit, "r", "switch run")
            await opened(visit, "R", "rename the run")
            visit.app.screen.query_one(Input).value = "best"
            await visit.press("enter")
            await visit.sees(r"✓ finished .* RNN 40 .* best *$", "Status")
            await again(visit)
            await visit.sees("› best ")
            await visit.press("escape")
            await visit.back()
            await visit.sees("sample 1  ")
            await visit.press("]")
            await visit.sees("sample 2  ")
            await visit.press("y")
            await visit.until(lambda: visit.app.clipboard == str(tmp_path.resolve() / "best"))
            assert "✗" not in visit.text

    async def test_a_run_that_isn_t_open_is_renamed_and_deleted_without_any_effect_on_the_screen(
        self, tmp_path: Path
    ) -> None:
        finished_run(tmp_path, "two")
        finished_run(tmp_path, "one", "rnn")
        async with exploring(tmp_path) as visit:
            await visit.sees("is 0, read as 0")
            run = main_screen(visit).run
            await opened(visit, "r", "switch run")
            await visit.press("down")
            await opened(visit, "R", "rename the run")
            visit.app.screen.query_one(Input).value = "other"
            await visit.press("enter")
            await again(visit)
            await visit.sees("  other +LSTM")
            await opened(visit, "D", "delete this run\\?")
            await visit.press("down", "enter")
            await again(visit)
            await visit.sees_no("  other +LSTM")
            await visit.press("escape")
            await visit.back()
            assert main_screen(visit).run is run and not run.follower.closed
            await visit.sees("✓ finished .* RNN 40 .* one")

    async def test_when_the_open_run_is_deleted_the_newest_is_shown_and_after_the_last_none(
        self, tmp_path: Path
    ) -> None:
        finished_run(tmp_path, "two")
        (new_run(tmp_path, "hurt").path / "run.json").write_text("{")
        finished_run(tmp_path, "one", "rnn")
        async with exploring(tmp_path) as visit:
            await visit.sees("✓ finished .* one")
            await opened(visit, "r", "switch run")
            await opened(visit, "D", "delete this run\\?")
            await visit.press("down", "enter")
            await visit.sees("✓ finished .* LSTM 40 .* two *$", "Status")
            await again(visit)
            await visit.press("end")
            await opened(visit, "D", "delete this run\\?")
            await visit.press("down", "enter")
            await visit.sees("^ gatescope *$", "Status")
            await again(visit)
            await visit.press("escape")
            await visit.back()
            for view in ("#curves", "#gates"):
                await visit.sees("^ +no run is open; n starts one", view)
            await visit.sees("not evaluated yet", "#confusion")
            await visit.press("2", "3", "1", "s", "p", "e", "escape", "y")
            await visit.until(lambda: len(visit.app.screen_stack) == 1)
            await visit.press("n", "ctrl+s")
            await visit.sees("● training .* LSTM 128")
            await visit.sees("● test", "#curves")


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (160, 45)], ids=str)
class TestMany:
    """Filter, order and marks, by keys and mouse."""

    @staticmethod
    @asynccontextmanager
    async def listing(runs: Path, size: tuple[int, int]) -> AsyncIterator[Visit]:
        """Open the list of four runs."""
        for name, cell in (("first", "gru"), ("bench", "lstm"), ("other", "rnn"), ("zeta", "gru")):
            finished_run(runs, name, cell)
        async with exploring(runs, size) as visit:
            await visit.sees("✓ finished")
            await opened(visit, "r", "switch run")
            yield visit

    async def test_a_filter_shows_the_runs_that_meet_it_says_what_is_wrong_and_holds_on_reopening(
        self, tmp_path: Path, size: tuple[int, int]
    ) -> None:
        async with self.listing(tmp_path, size) as visit:
            await visit.sees("4 runs")
            await visit.press("/", *"CELL:gru", "space", *"zet")
            await visit.sees("─ 1 of 4 runs ─")
            assert "zeta" in visit.text and "bench" not in visit.text
            await visit.press(*["backspace"] * 3, *"test>much")
            await visit.sees("test is a number, not 'much'")
            await visit.press(*["backspace"] * 4, *"94", "enter")
            await visit.sees("─ 2 of 4 runs ─")
            await visit.press("down", "i")
            await visit.sees("run +first ")
            await visit.press("escape")
            await again(visit)
            await visit.press("escape")
            await visit.back()
            await opened(visit, "r", "switch run")
            await visit.sees("cell:gru test>94|CELL:gru test>94")
            await visit.sees("─ 2 of 4 runs ─")
            await visit.press("/", "escape")
            await visit.sees("─ 4 runs ─")
            await visit.press("escape")
            await visit.back()

    async def test_a_key_goes_through_the_columns_another_turns_them_round_and_the_cursor_stays_at_its_run(
        self, tmp_path: Path, size: tuple[int, int]
    ) -> None:
        async with self.listing(tmp_path, size) as visit:
            await visit.press("s")
            await visit.sees(r"run ▲(.*\n)*.*bench(.*\n)*.*first(.*\n)*.*other(.*\n)*.*zeta")
            choices = visit.app.screen.query_one(ChoiceList)
            assert choices.cursor == 3  # it was the newest
            await visit.press("S")
            await visit.sees(r"run ▼(.*\n)*.*zeta(.*\n)*.*other(.*\n)*.*first(.*\n)*.*bench")
            assert choices.cursor == 0
            await visit.press("s")
            await visit.sees(r"cell ▲(.*\n)*.*zeta(.*\n)*.*first(.*\n)*.*bench(.*\n)*.*other")
            await visit.press("s")
            await visit.sees("hidden ▼")  # even where that column has no room otherwise

    async def test_marks_stay_while_the_list_is_open_and_on_reopening(
        self, tmp_path: Path, size: tuple[int, int]
    ) -> None:
        async with self.listing(tmp_path, size) as visit:
            await visit.press("space", "space")
            await visit.sees(r"─ 4 runs · 2 marked ─")
            await visit.sees(r"› ● zeta .*\n.*  ● other .*\n.*    bench ")
            await visit.pilot.click(visit.app.screen.query_one(ChoiceList), offset=(8, 3), button=3)
            await visit.sees(r"  ● bench (.*\n)*.*4 runs · 3 marked")
            await visit.press("up", "space")
            await visit.sees(r"4 runs · 2 marked")
            await visit.press("escape")
            await visit.back()
            await opened(visit, "r", "switch run")
            await visit.sees(r"4 runs · 2 marked")
            marked = main_screen(visit).listing.marked
            assert [path.name for path in marked] == ["zeta", "bench"]
            await visit.press("down", "down")
            await opened(visit, "R", "rename the run")
            visit.app.screen.query_one(Input).value = "best"
            await visit.press("enter")
            await again(visit)
            await visit.sees("● best ")
            shutil.rmtree(tmp_path / "zeta")
            await visit.sees(r"3 runs · 1 marked")
            assert [path.name for path in main_screen(visit).listing.marked] == ["best"]

    async def test_marked_runs_are_compared_with_the_first_by_what_differs_alone(
        self, tmp_path: Path, size: tuple[int, int]
    ) -> None:
        for name, accuracy, given in (
            ("small", 0.9, {"hidden": 8}),
            ("base", 0.95, {"hidden": 16, "seed": 5}),
            ("untested", None, {"hidden": 16}),
        ):
            run = create_run(tmp_path, configure({"lr": 0.25, **given}), name)
            writer = EventWriter(run.events)
            tested = [evaluated(10, epoch=2, accuracy=accuracy)] if accuracy else []
            for event in [changed("preparing"), *tested, changed("stopped")]:
                writer.write(event)
            writer.close()
        async with exploring(tmp_path, size) as visit:
            await visit.sees("stopped")
            await opened(visit, "r", "switch run")
            await visit.press("c")
            await visit.sees("mark runs \\(space\\), and c compares them")
            for name in ("base", "small", "untested"):
                choices = visit.app.screen.query_one(ChoiceList)
                await visit.press("home")
                while name not in [*visit.text.splitlines()][choices.region.y + 1 + choices.cursor]:
                    await visit.press("down")
                await visit.press("space")
            await visit.press("c")
            await visit.back()
            await visit.turn_to("versus")
            await visit.sees(r"run +state +accuracy +Δ +hidden +seed *$", "#versus")
            await visit.sees(r"▐ ━━ base +stopped +95.00% +baseline +16 +5 *$", "#versus")
            await visit.sees(r"━━ small +stopped +90.00% +-5.00 +8 +0 *$", "#versus")
            await visit.sees(r"━━ untested +stopped +– +– +16 +0 *$", "#versus")
            await visit.sees("all other options are the same", "#versus")
