"""The two lines of the status: which numbers they show, when, and that none is ever cut."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import product
from pathlib import Path

import pytest
from kit.facts import changed, evaluated, started, stepped
from kit.screen import exploring, finished_run, live_run
from rich.style import Style
from textual.app import App, ComposeResult
from textual.strip import Strip

import explorer.ui.app
from explorer.runs.config import configure
from explorer.runs.events import Event, LearningRateChanged
from explorer.runs.folder import RunFile
from explorer.runs.history import History
from explorer.runs.lock import Engine
from explorer.runs.snapshot import Snapshot, take_snapshot
from explorer.ui.base.themes import DARK
from explorer.ui.screens.pages import PAGES, standing_on
from explorer.ui.terminal.pace import Pace
from explorer.ui.views.table import view_class
from explorer.ui.widgets.status import Status
from explorer.ui.widgets.tabs import Form, Tab

WIDTHS = (60, 80, 120, 160)
NUMBERS = range(1, len(PAGES) + 1)
"""The pages' numbers."""
TABS = "".join(f" {number} " for number in NUMBERS)
"""The pages in the first line; behind them it says which of how many views is shown."""
THREE = [Tab(f"page {number}", "", number == 2) for number in range(3)]
BATCH = 64
EPOCH = 938
"""Steps per epoch, as on MNIST."""


def snapshot(*events: Event, name: str = "one", alive: bool = True, **options: object) -> Snapshot:
    """Return what a viewer shows of a run with these events."""
    config = configure({"cell": "lstm", "hidden": 128, "epochs": 3, "batch_size": BATCH} | options)
    file = RunFile(2, name, 0.0, "0.1.0", config)
    history = History()
    start = started(run=name, cell=config.cell, epochs=config.epochs, steps_per_epoch=EPOCH)
    history.extend([changed("preparing"), start, changed("training"), *events])
    return take_snapshot(file, history, Engine(pid=1) if alive else None, starting=False, bad_lines=0)


class Page(App[None]):
    """The status alone, in the explorer's colours."""

    CSS_PATH = str(Path(explorer.ui.app.__file__).with_name("app.tcss"))

    def compose(self) -> ComposeResult:
        self.register_theme(DARK)
        self.theme = DARK.name
        yield Status()


@asynccontextmanager
async def page() -> AsyncIterator[Status]:
    """A status that can be painted in any width."""
    async with Page().run_test(size=(160, 10)) as pilot:
        yield pilot.app.query_one(Status)


def painted(status: Status, now: Snapshot, width: int, line: str = "", tabs: bool = False) -> list[str]:
    """Return the two lines in this width, without the spaces at their ends; with the tabs in the first, or
    in neither.
    """
    status.show(now, line)
    status.show_tabs("numbers" if tabs else "line", THREE, ())
    return ["".join(strip.text for strip in strips).strip() for strips in painted_lines(status, width)[:2]]


def painted_lines(status: Status, width: int) -> list[list[Strip]]:
    """Return the strips of each line in this width, from the left to the right."""
    places = {place: widget for widget, place in status._places(width, 2).items()}
    lines: list[list[Strip]] = []
    for y in range(max(place.bottom for place in places)):
        across = sorted(place for place in places if place.y == y)
        lines.append([places[place].paint(place.width, 1)[0] for place in across])  # type: ignore[attr-defined]
        assert [strip.cell_length for strip in lines[-1]] == [place.width for place in across]
        assert sum(place.width for place in across) == width
    return lines


def style_of(strip: Strip, text: str) -> Style:
    """Return how a text is drawn."""
    return next(segment.style or Style() for segment in strip if text in segment.text)


def pieces(line: str) -> list[str]:
    """Return what a line says, apart from the bar: its pieces are at least two spaces apart."""
    return [piece for piece in re.split(r" {2,}", line) if piece.strip("━─")]


STEPS = [stepped(step, epoch=1, loss=2.5 / step, accuracy=0.1 * step) for step in (1, 2, 3)]
AT_FIRST = evaluated(0, epoch=0, samples=1000, whole=False, loss=2.3, accuracy=0.1)
WHOLE = evaluated(938, epoch=1, accuracy=9620 / 10_000, loss=0.123)
PART = evaluated(1200, epoch=2, samples=1000, whole=False, accuracy=961 / 1000, loss=0.2)
LATER = [
    stepped(step, epoch=2, loss=0.25, accuracy=62 / 64, learning_rate=0.0025, samples_per_second=1600.0)
    for step in (1198, 1199, 1200)
]


async def test_a_cell_is_never_named_without_what_it_holds() -> None:
    async with page() as status:
        for hold in ("f=1", "i=0.25, f=1, o=0.75"):
            now, named = snapshot(*STEPS, WHOLE, hold=hold), 0
            for width in range(60, 201):
                above = painted(status, now, width)[0]
                assert above.count("LSTM") == above.count(f"LSTM ({hold}) 128")
                named += "LSTM" in above
            assert named > 80


class TestHeadline:
    async def test_it_is_the_newest_accuracy_of_the_whole_test_set(self) -> None:
        newest = evaluated(1876, epoch=2, accuracy=9731 / 10_000)
        async with page() as status:
            for width in WIDTHS:
                above = painted(status, snapshot(*LATER, WHOLE, newest), width)[0]
                assert re.search("  test 97.31%(   ?LSTM|$)", above)
                assert " of " not in above

    async def test_once_steps_were_trained_since_it_says_of_which_epoch_it_is(self) -> None:
        async with page() as status:
            for width in range(60, 201):
                for now in (snapshot(WHOLE, *LATER), snapshot(WHOLE, *LATER, PART, changed("paused"))):
                    assert "  test 96.20% (epoch 1)  " in painted(status, now, width)[0]
            assert "  test 96.20% (epoch 1)  " in painted(status, snapshot(WHOLE, *LATER), 60, tabs=True)[0]

    async def test_one_of_the_whole_set_within_an_epoch_says_of_which_step_it_is(self) -> None:
        """A small test set is read whole each time."""
        within = evaluated(1100, epoch=1, accuracy=193 / 200, samples=200, loss=0.125)
        async with page() as status:
            for width in WIDTHS:
                above = painted(status, snapshot(WHOLE, within, *LATER), width)[0]
                assert "  test 96.50% (step 1,100)  " in above
                lost = painted(status, snapshot(WHOLE, within, *LATER, alive=False), width)[1]
                assert pieces(lost)[-1] in ("test loss 0.125 (step 1,100)", "test loss 0.125")

    async def test_a_newer_one_of_a_part_is_dim_beside_it_and_says_of_how_many(self) -> None:
        async with page() as status:
            for width in (80, 120, 160):
                text = painted(status, snapshot(WHOLE, *LATER, PART), width)[0]
                assert "  test 96.20% (epoch 1)  now 96.1% of 1,000   LSTM" in text
                strip = painted_lines(status, width)[0][0]
                dim = status.identity.get_component_rich_style("status--dim").color
                assert style_of(strip, "96.1% of 1,000").color == dim
                assert style_of(strip, "test 96.20%").color != dim
                assert style_of(strip, "test 96.20%").bold

    async def test_an_older_one_of_a_part_is_not_shown_beside_it(self) -> None:
        older = evaluated(900, epoch=1, samples=1000, whole=False, accuracy=0.95)
        async with page() as status:
            assert "1,000" not in painted(status, snapshot(*STEPS, older, WHOLE), 160)[0]

    async def test_before_the_first_of_the_whole_set_that_of_a_part_is_it(self) -> None:
        part = evaluated(3, epoch=1, samples=1000, whole=False, accuracy=417 / 1000)
        async with page() as status:
            for width in WIDTHS:
                above = painted(status, snapshot(AT_FIRST, *STEPS, part), width)[0]
                assert "  test 41.7% of 1,000  " in above
                assert "now" not in above

    async def test_that_of_step_0_is_it_only_until_a_step_was_trained(self) -> None:
        async with page() as status:
            for width in WIDTHS:
                assert "test 10.0% of 1,000" in painted(status, snapshot(AT_FIRST), width)[0]
                assert "%" not in painted(status, snapshot(AT_FIRST, *STEPS), width)[0]

    async def test_that_of_step_0_tells_nothing_either_once_the_training_has_ended(self) -> None:
        async with page() as status:
            for now in (
                snapshot(AT_FIRST, *STEPS, changed("failed", "no memory")),
                snapshot(AT_FIRST, *STEPS, alive=False),
            ):
                text = " ".join(painted(status, now, 160))
                assert "test" not in text and "2.3" not in text

    async def test_one_at_a_pause_is_shown_with_its_own_loss(self) -> None:
        paused = snapshot(WHOLE, *LATER, changed("paused", evaluated=PART))
        async with page() as status:
            for width in WIDTHS:
                above, below = painted(status, paused, width)
                assert above.startswith("gatescope  ‖ paused" if width >= 100 else "‖ paused")
                assert "test 96.20% (epoch 1)" in above
                now = "now 96.1% of 1,000, loss 0.200"
                assert pieces(below)[-1] == (now if width >= 80 else now.removeprefix("now "))
                assert "0.123" not in above + below  # the loss of another evaluation

    async def test_a_loss_that_is_older_than_the_steps_says_when_it_was(self) -> None:
        part = evaluated(1000, epoch=2, samples=1000, whole=False, accuracy=0.961, loss=0.2)
        async with page() as status:
            for width in (80, 120, 160):
                lost = painted(status, snapshot(WHOLE, *LATER, alive=False), width)
                assert pieces(lost[1])[-1] == "test loss 0.123 (epoch 1)"
                lost = painted(status, snapshot(WHOLE, part, *LATER, alive=False), width)
                when = " at step 1,000" if width > 80 else ""
                assert pieces(lost[1])[-1] == f"96.1% of 1,000, loss 0.200{when}"
                first = painted(status, snapshot(part, *LATER, alive=False), width)
                assert "  test 96.1% of 1,000  " in first[0]
                assert pieces(first[1])[-1] == "test loss 0.200 (step 1,000)"


class TestProgress:
    async def test_the_values_of_the_batch_are_shown_only_while_it_trains(self) -> None:
        ends = [changed(state) for state in ("paused", "stopped", "finished", "diverged", "failed")]
        async with page() as status:
            for width in WIDTHS:
                assert "batch loss" in painted(status, snapshot(*LATER), width)[1]
                for end in ends:
                    now = snapshot(WHOLE, *LATER, end, alive=end.state == "paused")
                    above, below = painted(status, now, width)[:2]
                    assert not re.search("batch|rate|left", below) and "samples/s" not in above
                    assert pieces(below)[-1].startswith("test loss 0.123")

    async def test_every_number_is_that_of_the_newest_step(self) -> None:
        total = 3 * EPOCH
        left = round((total - 1200) * BATCH / 1600.0)
        async with page() as status:
            above, below = painted(status, snapshot(WHOLE, *LATER), 160)[:2]
        assert pieces(above)[-1] == "1,600 samples/s"
        assert pieces(re.sub("[━─]+", "  ", below)) == [
            "epoch 2/3",
            f"step 1,200/{total:,}",
            f"{100 * 1200 / total:.0f}%",
            "batch loss 0.250, accuracy 97%",
            "rate 2.5e-03",
            f"{left // 60}:{left % 60:02} left",
        ]

    async def test_the_bar_is_as_full_as_the_training_is_far(self) -> None:
        async with page() as status:
            for step in (1, 700, 1407, 2814):
                for width in (80, 120, 160):
                    below = painted(status, snapshot(stepped(step, epoch=1)), width)[1]
                    full, empty = below.count("━"), below.count("─")
                    assert full + empty >= 4
                    assert abs(full - (full + empty) * step / 2814) <= 0.5
                    assert f" {100 * step / 2814:.0f}%  " in below

    async def test_the_end_of_the_bar_stays_where_it_is_when_only_the_batch_changes(self) -> None:
        async with page() as status:
            for width in (80, 120, 160):
                ends = set()
                for accuracy, loss in ((1.0, 0.029), (0.97, 0.25), (0.05, 12.3), (0.5, 2.5)):
                    below = painted(
                        status, snapshot(stepped(700, epoch=1, accuracy=accuracy, loss=loss)), width
                    )
                    ends.add(max(below[1].rindex("─"), 0))
                assert len(ends) == 1

    async def test_a_changed_learning_rate_says_by_how_much_also_when_nothing_trains(self) -> None:
        faster = LearningRateChanged(time=6.0, step=1200, factor=1.5**2)
        async with page() as status:
            assert "  rate 2.5e-03 (×2.25)  " in painted(status, snapshot(*LATER, faster), 160)[1]
            for width in WIDTHS:
                now = snapshot(WHOLE, *LATER, faster, changed("paused"))
                assert re.search(
                    r"  test loss 0.123( \(epoch 1\))?  rate ×2.25$", painted(status, now, width)[1]
                )

    async def test_loss_accuracy_and_rate_are_in_sight_while_it_trains_however_long_it_is(self) -> None:
        async with page() as status:
            for epochs, step in ((1, 9), (3, 1200), (10, 9380), (500, 469_000), (10_000, 9_380_000)):
                for loss, shown in ((0.25, "0.250"), (123456.0, "1.2e5"), (None, "–")):
                    newest = stepped(step, epoch=epochs, loss=loss, accuracy=1.0, learning_rate=0.0025)
                    now = snapshot(newest, epochs=epochs)
                    for width in range(60, 201):
                        below = painted(status, now, width)[1]
                        wanted = rf"  batch loss {shown}, (accuracy )?100%  rate [23](\.5)?e-03(  |$)"
                        assert re.search(wanted, below), (width, below)

    async def test_a_run_without_steps_shows_none(self) -> None:
        async with page() as status:
            for width in WIDTHS:
                assert painted(status, snapshot(), width)[1].startswith("epoch 0/3  step 0/2,814")


class TestRoom:
    """Nothing is cut in the middle of a word: what has no room isn't there at all."""

    @pytest.mark.parametrize("dataset", ["mnist", "fashion-mnist"])
    @pytest.mark.parametrize("line", ["", "lean", "slow line"])
    async def test_each_piece_is_whole_or_absent_and_only_a_name_loses_its_middle(
        self, dataset: str, line: str
    ) -> None:
        name = "an-uncommonly-long-name-of-a-run-that-was-typed-by-a-person-20261123-214500"
        whole = [
            *("gatescope", "● training", "test 96.20%", "test 96.20% (epoch 1)", "now 96.1% of 1,000"),
            *(
                "LSTM 128",
                f"LSTM 128 · {dataset}",
                "82,186 parameters",
                "1,600 samples/s",
                *([line] if line else []),
                "1",
                "2",
                "3",
            ),
        ]
        below = [
            *("epoch 2/3", "step 1,200/2,814", "43%", "batch loss 0.250, accuracy 97%", "rate 2.5e-03"),
            *("batch loss 0.250, 97%", "rate 3e-03", "1:05 left"),
        ]
        now = snapshot(WHOLE, *LATER, PART, name=name, dataset=dataset)
        async with page() as status:
            for width in range(60, 201):
                for tabs in (False, True):
                    above, progress = painted(status, now, width, line, tabs)
                    for piece in pieces(above):
                        begin, _, end = piece.partition("…")
                        cut = "…" in piece and name.startswith(begin) and name.endswith(end)
                        assert piece in whole or cut or piece == name, (width, piece)
                    assert set(pieces(re.sub("[━─]+", "  ", progress))) <= set(below), (width, progress)
                    assert "● training  test 96.20%" in above
                    assert not line or line in pieces(above)

    async def test_the_cell_is_in_sight_at_sixty_columns_and_its_data_as_soon_as_there_is_room(self) -> None:
        async with page() as status:
            assert "  LSTM 128 · mnist  one" in painted(status, snapshot(WHOLE, *LATER, PART), 60)[0]
            now = snapshot(WHOLE, *LATER, PART, name="lstm-20261126-071838")
            assert "  LSTM 128  lstm-20" in painted(status, now, 60)[0]
            for width in range(100, 201):
                assert "  LSTM 128 · mnist  " in painted(status, now, width)[0]

    async def test_two_runs_without_a_name_of_their_own_are_told_apart_in_any_width(self) -> None:
        async with page() as status:
            for width in range(60, 201):
                for line, tabs in (("", True), ("slow line", True), ("", False)):
                    shown = set()
                    for second in (38, 39):
                        now = snapshot(WHOLE, *LATER, PART, name=f"lstm-20261126-0718{second}")
                        above = painted(status, now, width, line, tabs)[0]
                        assert re.search(rf"  lstm-\S*18{second}(  |$)", above), (width, above)
                        shown.add(above)
                    assert len(shown) == 2

    async def test_a_wide_terminal_shows_the_number_of_parameters_and_the_name(self) -> None:
        async with page() as status:
            above = painted(status, snapshot(WHOLE, *LATER, name="best"), 160)[0]
            assert re.search("   LSTM 128 · mnist   82,186 parameters   best +1,600 samples/s$", above)


async def test_a_lean_or_a_slow_line_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for lean, slow, said in ((True, False, "lean"), (False, True, "slow line"), (True, True, "lean")):
        monkeypatch.setattr(Pace, "slow", slow)
        runs = tmp_path / said / str(slow)
        finished_run(runs)
        for size in ((60, 20), (160, 45)):
            async with exploring(runs, size) as visit:
                visit.app.pace.lean = lean  # type: ignore[attr-defined]
                visit.app.screen_stack[0].open_run(visit.app.screen_stack[0].run.folder)  # type: ignore[attr-defined]
                await visit.sees(rf"^.* {said} +({TABS} 3/4 *)?$")


async def test_nothing_is_said_of_a_line_that_is_fast(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await visit.sees("✓ finished")
        assert not re.search("lean|slow", visit.text.splitlines()[0])


class TestTabs:
    @pytest.mark.parametrize("size", [(60, 20), (80, 23), (160, 23)])
    async def test_below_24_lines_they_are_numbers_in_the_first_line_with_the_count_of_the_views(
        self, size: tuple[int, int], tmp_path: Path
    ) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path, size) as visit:
            await visit.sees("is 0, read as 0")
            await visit.sees(f"one +{TABS} 3/4 $", "Status")
            left = visit.text_in("Status").splitlines()[0].index(TABS)
            for page, column in [*zip(PAGES, range(left, left + len(TABS), 3), strict=True), ("train", left)]:
                for shift in range(3):
                    await visit.click("Status", column + shift, 0)
                    await visit.until(lambda page=page: visit.views.page == page)
                await visit.until(lambda: visit.app.focused is visit.widget(f"#{visit.views.active}"))
            await visit.click("Status", size[0] - 3, 0)
            await visit.until(lambda: visit.app.focused is visit.widget("#belief"))
            await visit.sees(f"{TABS} 4/4 $", "Status")

    @pytest.mark.parametrize("size", [(60, 24), (80, 24), (117, 60), (160, 39)])
    async def test_where_one_view_fits_a_line_below_names_the_pages_and_the_views_of_this_one(
        self, size: tuple[int, int], tmp_path: Path
    ) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path, size) as visit:
            for number, (page, about) in enumerate(PAGES.items(), start=1):
                await visit.press(f"{number}")
                names = standing_on(page)
                for view in names:
                    await visit.turn_to(view)
                    title = view_class(view).about.title
                    await visit.sees(f"^.* {number} {about.title} .*tab: .*{title}.* $", "Tabs")
                    assert visit.widget("Tabs").region.y == 2
                line = visit.text_in("Tabs")
                for view in names if "/" not in line else ():
                    await visit.click("Tabs", line.index(f" {view_class(view).about.title} ") + 1, 0)
                    await visit.until(lambda view=view: visit.app.focused is visit.widget(f"#{view}"))

    @pytest.mark.parametrize("size", [(118, 40), (160, 45), (200, 60)])
    async def test_where_several_fit_they_are_beside_the_progress(
        self, size: tuple[int, int], tmp_path: Path
    ) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path, size) as visit:
            line = (
                await visit.sees("^ 1 Train .* epoch 2/2  step 10/10 .*100%  test loss", "Status")
            ).group()
            for number, (page, about) in enumerate(PAGES.items(), start=1):
                await visit.click("Status", line.index(f" {number} {about.title} ") + 3, 1)
                await visit.until(lambda page=page: visit.views.page == page)
            for x, y in ((line.index("epoch") - 1, 1), (line.index("epoch"), 1), (3, 0)):
                await visit.click("Status", x, y)
                await visit.until(lambda: not visit.app.input_queue.busy)
                assert visit.views.page == page

    async def test_the_page_that_is_shown_is_marked_in_every_form_and_width(self) -> None:
        async with page() as status:
            status.show(snapshot(*STEPS))
            on = status.tabs.get_component_rich_style("tabs--on").bgcolor
            for count in (2, 5, 9):
                for chosen in range(count):
                    tabs = [Tab(f"Page {number}", "", number == chosen) for number in range(count)]
                    forms: tuple[Form, ...] = ("pages", "line", "numbers")
                    for form, width in product(forms, range(60, 201)):
                        status.show_tabs(form, tabs, tabs)
                        strips = [strip for line in painted_lines(status, width) for strip in line]
                        pieces = [piece for strip in strips for piece in strip]
                        lit = [piece.text for piece in pieces if piece.style and piece.style.bgcolor == on]
                        title = f" {chosen + 1} " if form == "numbers" else f" {chosen + 1} Page {chosen} "
                        assert lit == [title], (form, width)
                        text = "".join(piece.text for piece in pieces)
                        assert all(f" {number + 1} " in text for number in range(count))


async def test_what_is_shown_follows_a_run_while_it_trains(tmp_path: Path) -> None:
    with live_run(tmp_path) as engine:
        async with exploring(tmp_path) as visit:
            await visit.sees(r"^ 1 Train .* epoch 1/2  step 3/10  .* 30%  batch loss 0\.667, accuracy 62%")
            engine.train(4)
            await visit.sees(r"^ 1 Train .* epoch 1/2  step 4/10  .* 40%  batch loss 2\.300, accuracy 10%")
            engine.write(evaluated(5, accuracy=0.9512))
            await visit.sees(r"● training  test 95\.12%   LSTM 40")
            engine.write(changed("finished"))
            await visit.sees(r"✓ finished  test 95\.12%")
            await visit.sees_no("batch loss")
