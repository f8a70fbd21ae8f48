"""The page of the compared runs: which they are, what keys and mouse do there, and what is read meanwhile."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from kit.facts import changed, evaluated, started, stepped
from kit.fake_engine import GATES, HIDDEN, FakeEngine
from kit.screen import Visit, exploring, live_run, new_run

from explorer.runs.catalogue import create_run
from explorer.runs.config import configure
from explorer.runs.events import AnyEvent, Rewound
from explorer.runs.folder import RunFolder
from explorer.runs.history import History, history_of
from explorer.runs.writer import EventWriter
from explorer.ui.live import overlay_follower
from explorer.ui.live.overlay_follower import OverlayFollower
from explorer.ui.screens.explore.screen import Explore
from explorer.ui.screens.export import ExportForm
from explorer.ui.screens.run_list import RunList
from explorer.ui.views.overlay import Overlay
from explorer.ui.widgets.choice_list import ChoiceList

ACCURACIES = {"one": 0.9, "two": 0.925, "three": 0.75, "back": 0.8}
"""Of the runs: of 10, 20 and 30 steps, 10 an epoch."""


def trained(runs: Path, name: str, steps: int) -> RunFolder:
    """Make a finished run with a loss of its length over the step, or twice and thrice as many steps."""
    folder = new_run(runs, name)
    write_trained(folder, steps)
    return folder


def write_trained(folder: RunFolder, steps: int) -> None:
    """Write what happens in such a run."""
    writer = EventWriter(folder.events)
    facts = {"cell": "lstm", "activations": GATES["lstm"], "hidden": HIDDEN, "steps_per_epoch": 10}
    writer.write(changed("preparing"))
    writer.write(started(**facts, epochs=steps // 10))
    writer.write(changed("training"))
    for step in range(1, steps + 1):
        writer.write(stepped(step, loss=steps / step, accuracy=step / 100))
    writer.write(evaluated(steps, epoch=steps // 10, loss=1.0, accuracy=ACCURACIES[folder.name]))
    writer.write(changed("finished"))
    writer.close()


def three(runs: Path) -> None:
    """Make three runs; the last one is open at first."""
    for steps, name in ((10, "one"), (20, "two"), (30, "three")):
        trained(runs, name, steps)


def overlay(visit: Visit) -> Overlay:
    """Return the view."""
    view = visit.widget("#overlay")
    assert isinstance(view, Overlay)
    return view


async def mark(visit: Visit, *names: str) -> None:
    """Mark runs in the list, or no longer, by its keys; the list stays open."""
    if not isinstance(visit.app.screen, RunList):
        await visit.press("r")
        await visit.until(lambda: isinstance(visit.app.screen, RunList) and visit.app.focused)
    for name in names:
        choices = visit.app.screen.query_one(ChoiceList)
        await visit.press("home")
        while f" {name} " not in visit.text.splitlines()[choices.region.y + 1 + choices.cursor]:
            await visit.press("down")
        await visit.press("space")


async def compare(visit: Visit, *names: str) -> None:
    """Mark runs, and have them compared."""
    await mark(visit, *names)
    await visit.press("c")
    await visit.back()
    await visit.until(lambda: visit.views.page == "compare")


async def drawn(visit: Visit, *names: str) -> None:
    """Wait until these runs' curves are on the screen, and the view has the focus."""
    await visit.until(lambda: visit.app.focused is overlay(visit))
    await visit.sees(" .*".join(f"━?─?─ ?{name}" if at else f"━━ {name}" for at, name in enumerate(names)))


async def test_with_one_run_the_page_says_how_to_mark_others_and_without_any_how_to_open_one(
    tmp_path: Path,
) -> None:
    trained(tmp_path, "one", 10)
    async with exploring(tmp_path) as visit:
        await visit.press("6")
        await visit.sees(
            "^ only one run: r lists all, space marks those to compare, c shows them *$", "#overlay"
        )
        await visit.sees(r"━━ one +90.00% +baseline", "#versus")


async def test_marked_runs_are_compared_in_the_order_of_marking_and_one_alone_with_the_open_one(
    tmp_path: Path,
) -> None:
    three(tmp_path)
    async with exploring(tmp_path) as visit:
        await visit.sees("three *$", "Status")
        await compare(visit, "two")
        await visit.sees(r"two +92.50% +baseline", "#versus")
        await visit.sees(r"three +75.00% +-17.50", "#versus")
        await drawn(visit, "two", "three")
        await compare(visit, "one")
        await visit.sees(r"two +92.50% +baseline *\n.*one +90.00% +-2.50", "#versus")
        assert [run.name for run in visit.main.choice.compared.runs] == ["two", "one"]
        await visit.sees("all options are the same", "#versus")


async def test_keys_choose_the_run_in_front_and_the_step_whose_true_values_are_read(tmp_path: Path) -> None:
    three(tmp_path)
    async with exploring(tmp_path, (160, 60)) as visit:
        await compare(visit, "one", "two", "three")
        await drawn(visit, "one", "two", "three")
        await visit.press("left")
        await visit.sees("━━ one  step 30 .* at 10  loss  1 .* acc.  10 %", "#overlay")
        await visit.sees("── two  at 20  loss  1 .* acc.  20 %", "#overlay")
        await visit.sees("── three  loss  1 .* acc.  30 %", "#overlay")
        await visit.press("home", "right", "right", "right")
        step = overlay(visit).look.cursor
        assert step is not None and step < 10
        await visit.press("down", "S")
        await visit.sees(f"━━ two  step {step} .* loss  {20 / step:.5g}  ~", "#overlay")
        weights = [0.1 * 0.9 ** (step - at) for at in range(1, step + 1)]
        mean = sum(w * 20 / at for at, w in enumerate(weights, 1)) / (1 - 0.9**step)
        await visit.sees(f"━━ two .* ~{mean:.5g}  acc", "#overlay")
        await visit.press("right_parenthesis", "X", "L", "escape")
        await visit.until(lambda: overlay(visit).look.span is not None)
        assert overlay(visit).look.over == "epochs" and overlay(visit).look.cursor is None
        assert visit.main.choice.now.selection.moment is None
        await visit.press("tab", "down")
        await visit.sees("▐ ━━ three", "#versus")
        await visit.sees("━━ three", "#overlay")


async def test_each_run_keeps_its_colour_when_others_are_unmarked_on_another_page_and_in_another_size(
    tmp_path: Path,
) -> None:
    three(tmp_path)
    async with exploring(tmp_path) as visit:
        await compare(visit, "one", "two", "three")
        await drawn(visit, "one", "two", "three")
        before = {run.name: colour for run, colour in zip(*both(visit), strict=True)}
        assert len({*before.values()}) == 3
        await compare(visit, "two")  # no longer
        await visit.press("1")
        await visit.pilot.resize_terminal(80, 24)
        await visit.press("6")
        await drawn(visit, "one", "three")
        assert {run.name: colour for run, colour in zip(*both(visit), strict=True)} == {
            name: before[name] for name in ("one", "three")
        }
        assert colours_of(visit, "#overlay", "three") == {before["three"]}
        await visit.turn_to("versus")
        await visit.sees("three", "#versus")
        assert colours_of(visit, "#versus", "━━ ", below=2) == {before["three"]}


def both(visit: Visit) -> tuple[list[RunFolder], list[str]]:
    """Return the compared runs, and their colours."""
    canvas = overlay(visit).overlay_canvas()
    assert canvas is not None
    names = [f"#{r:02x}{g:02x}{b:02x}" for _, (r, g, b) in canvas.colours]
    return [*visit.main.choice.compared.runs], names


def colours_of(visit: Visit, view: str, text: str, below: int = 0) -> set[str]:
    """Return the colours of a text in one of the first lines of a view, or in a line below the first."""
    widget = visit.widget(view)
    strips = [widget.render_line(y) for y in range(widget.size.height)]
    strips = strips[below : below + 1] if below else strips[:2]
    return {
        segment.style.color.name
        for strip in strips
        for segment in strip
        if text in segment.text and segment.style and segment.style.color
    }


async def test_enter_or_a_click_on_a_line_opens_its_run_and_all_stay_compared(tmp_path: Path) -> None:
    three(tmp_path)
    async with exploring(tmp_path) as visit:
        await visit.sees("three *$", "Status")
        await compare(visit, "one")
        await visit.turn_to("versus")
        await visit.sees("three", "#versus")
        await visit.press("enter")
        await visit.sees("one *$", "Status")
        await visit.sees(r"one +90.00% +baseline *\n.*three +75.00%", "#versus")
        await visit.click("#versus", 8, 2)
        await visit.sees("three *$", "Status")
        assert [path.name for path in visit.main.listing.marked] == ["one", "three"]


async def test_a_click_on_a_name_or_a_curve_brings_its_run_to_the_front(tmp_path: Path) -> None:
    three(tmp_path)
    async with exploring(tmp_path) as visit:
        await compare(visit, "one", "two", "three")
        await drawn(visit, "one", "two", "three")
        await visit.until(lambda: overlay(visit)._drawing)
        at = visit.text_in("#overlay").splitlines()[0].index("three")
        await visit.click("#overlay", at, 0)
        await visit.sees("━━ three", "#overlay")
        await visit.sees("▐ ━━ three", "#versus")


async def test_a_live_run_moves_while_its_page_is_shown_and_a_finished_one_says_nothing_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    post = Explore.post_message

    def note(screen: Explore, message: object) -> bool:
        if isinstance(message, (OverlayFollower.Drawn, OverlayFollower.Summarised)):
            said.append(type(message).__name__)
        return post(screen, message)  # type: ignore[arg-type]

    monkeypatch.setattr(Explore, "post_message", note)
    monkeypatch.setattr("explorer.ui.live.follower.IDLE_INTERVAL", 0.01)
    trained(tmp_path, "one", 10)
    with live_run(tmp_path, "two", steps=3) as engine:
        async with exploring(tmp_path) as visit:
            await compare(visit, "one", "two")
            await drawn(visit, "one", "two")
            await visit.sees(r"two +training +10.00% of 1,000", "#versus")
            train(engine, 4, 9)
            await visit.press("left", "down", "end")
            await visit.sees("━━ two  step 10 .* at 9  loss  0.22222", "#overlay")
            train(engine, 10, 10)
            await visit.sees("━━ two  step 10 .*[0-9]  loss  0.2 ", "#overlay")
            engine.end("finished")
            await visit.sees_no("two +training")
            read = visit.main.overlay_follower._read
            await visit.until(lambda: read[tmp_path / "two"].history.state == "finished")
            await rounds(visit, 3)
            said.clear()
            await rounds(visit, 5)
            assert said == []
            await visit.press("1")
            await visit.until(lambda: visit.main.overlay_follower._wanted.paths == ())


def train(engine: FakeEngine, first: int, last: int) -> None:
    """Train some steps, as `learning` has them."""
    for step in range(first, last + 1):
        engine.write(stepped(step, epoch=(step - 1) // 5 + 1, loss=2.0 / step, accuracy=0.5 + step / 25))


async def rounds(visit: Visit, count: int) -> None:
    """Wait until the thread has looked at the runs so often."""
    cache = visit.main.overlay_follower._cache
    read, seen = cache.read, [0]

    def counted(folders: object) -> object:
        seen[0] += 1
        return read(folders)  # type: ignore[arg-type]

    cache.read = counted  # type: ignore[method-assign, assignment]
    await visit.until(lambda: seen[0] > count)
    cache.read = read  # type: ignore[method-assign]


async def test_a_run_that_is_deleted_meanwhile_leaves_the_table_and_its_curve(tmp_path: Path) -> None:
    three(tmp_path)
    async with exploring(tmp_path) as visit:
        await compare(visit, "one", "two", "three")
        await visit.sees("two +92.50%", "#versus")
        await mark(visit)
        await visit.press("home", "down", "D")
        await visit.sees("delete")
        await visit.press("down", "enter")
        await visit.until(lambda: not (tmp_path / "two").exists())
        await visit.until(lambda: isinstance(visit.app.screen, RunList))
        await visit.press("escape")
        await visit.back()
        await visit.sees(r"one +90.00% +baseline *\n.*three +75.00% +-15.00", "#versus")
        assert len(visit.main.choice.compared.runs) == 2


@pytest.mark.parametrize("size", [(80, 24), (118, 40), (160, 45)])
async def test_eight_runs_with_long_names_one_of_them_diverged_are_legible(
    size: tuple[int, int], tmp_path: Path
) -> None:
    names = [f"lstm-20261123-2145{at:02}-with-a-very-long-name-{at}" for at in range(7)]
    for name in names:
        ACCURACIES[name] = 0.9
        trained(tmp_path, name, 10)
    folder = new_run(tmp_path, "diverged-of-them-all")
    writer = EventWriter(folder.events)
    for event in [changed("preparing"), changed("training"), *(stepped(n, loss=1e38) for n in (1, 2))]:
        writer.write(event)
    writer.write(stepped(3, loss=None))
    writer.write(changed("diverged", "the loss is NaN"))
    writer.close()
    async with exploring(tmp_path, size) as visit:
        for path in (*(tmp_path / name for name in names), folder.path):
            visit.main.listing.mark(path)
        visit.main.show_comparison()
        await visit.until(lambda: overlay(visit)._drawing and overlay(visit)._drawing.lines)
        await visit.press("left")
        await visit.sees("━━ lstm-2.*name-0 +step 10 ", "#overlay")
        await visit.sees("N", "#overlay")
        legend = " ".join(visit.text_in("#overlay").splitlines()[:2])
        assert legend.count("─ ") == 7 and "━━ " in legend
        await visit.turn_to("versus")
        await visit.sees(r"diverged-of-them-all +diverged +– +–", "#versus")
        for line in visit.text_in("#versus").splitlines()[1:9]:
            assert "90.00%" in line or "diverged" in line


async def test_the_form_of_an_export_begins_with_all_that_is_compared_as_it_is_drawn(tmp_path: Path) -> None:
    three(tmp_path)
    async with exploring(tmp_path) as visit:
        await compare(visit, "one", "three", "two")
        await drawn(visit, "one", "three", "two")
        await visit.press("S", "X", "e")
        await visit.until(lambda: isinstance(visit.app.screen, ExportForm))
        typed = visit.app.screen.typed
        assert {name: typed[name] for name in ("what", "smooth", "over", "with")} == {
            "what": "curves",
            "smooth": "0.9",
            "over": "epochs",
            "with": "one, two",  # besides the open one
        }


async def test_a_run_that_went_back_is_drawn_with_what_it_learnt_then(tmp_path: Path) -> None:
    three(tmp_path)
    folder = trained(tmp_path, "back", 20)  # opened at first: it is the newest
    writer = EventWriter(folder.events)
    writer.write(Rewound(time=9e9, step=10))
    writer.write(changed("training", time=9e9))
    writer.write(stepped(11, loss=0.125, accuracy=0.5, time=9e9))
    writer.write(changed("stopped", time=9e9))
    writer.close()
    async with exploring(tmp_path) as visit:
        await compare(visit, "back", "two")
        await drawn(visit, "back", "two")
        overlay(visit).see(replace(overlay(visit).look, cursor=11))
        await visit.sees("━━ back  step 11 .* loss  0.125 ", "#overlay")


async def test_a_compared_run_that_is_renamed_elsewhere_is_followed_and_one_that_is_deleted_goes(
    tmp_path: Path,
) -> None:
    three(tmp_path)
    async with exploring(tmp_path) as visit:
        await compare(visit, "one", "two", "three")
        await drawn(visit, "one", "two", "three")
        colours = visit.main.choice.compared.colours
        (tmp_path / "two").rename(tmp_path / "second")
        await drawn(visit, "one", "second", "three")
        shutil.rmtree(tmp_path / "one")
        await drawn(visit, "second", "three")
        await visit.sees(r"second +92.50% +baseline *\n.*three +75.00%", "#versus")
        assert visit.main.choice.compared.colours == colours[1:]
        assert [*visit.main.listing.marked] == [tmp_path / "second", tmp_path / "three"]


async def test_a_run_that_can_t_be_drawn_is_said_and_the_others_are_drawn_again_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    three(tmp_path)

    class Strange(History):
        def extend(self, events: Iterable[AnyEvent]) -> None:
            super().extend(events)
            if self.steps_done == 10:
                raise ValueError("a strange run")

    monkeypatch.setattr(overlay_follower, "history_of", lambda names: Strange(train=history_of(names).train))
    async with exploring(tmp_path) as visit:
        await compare(visit, "one", "two")
        await visit.sees("these runs can't be read: a strange run", "#overlay")
        await mark(visit, "one", "three")
        await visit.press("c")
        await drawn(visit, "two", "three")


@pytest.mark.parametrize(
    ("odd", "heads", "left_out"),
    [
        ({"seed": 1}, ["seed"], "all other options are the same"),
        (
            {"lr": 0.001, "seed": 2**62, "hold": "f=0.123456, i=0.654321"},
            ["lr", "seed"],
            "1 more option differs",
        ),
    ],
)
async def test_ten_marked_runs_of_which_some_are_lost_say_each_state_and_in_whole_what_is_not_shown(
    tmp_path: Path, odd: dict[str, object], heads: list[str], left_out: str
) -> None:
    for at in range(10):
        folder = create_run(tmp_path, configure(odd if at % 2 else {}), f"run-{at}")
        if at % 2 == 0:
            ACCURACIES[folder.name] = 0.9
            write_trained(folder, 10)
    async with exploring(tmp_path, (160, 45)) as visit:
        for at in range(10):
            visit.main.listing.mark(tmp_path / f"run-{at}")
        visit.main.show_comparison()
        await visit.sees(r"run-0 +finished +90.00% +baseline", "#versus")
        await visit.sees(r"run-1 +lost +– +–", "#versus")
        await visit.sees(f"^  Δ in points; 8 of 10 marked shown; {left_out} *$", "#versus")
        shown = visit.text_in("#versus").splitlines()
        assert shown[0].split() == ["run", "state", "accuracy", "Δ", *heads]


async def test_a_factor_of_smoothing_is_that_of_the_curves_in_which_it_was_asked_for(tmp_path: Path) -> None:
    three(tmp_path)
    async with exploring(tmp_path) as visit:
        await compare(visit, "one", "two")
        await drawn(visit, "one", "two")
        await visit.press("F")
        await visit.until(lambda: visit.app.screen is not visit.main and visit.app.focused)
        await visit.press(*"0.5", "enter")
        await visit.until(lambda: overlay(visit).look.factor == 0.5)
        assert visit.main.views.views["curves"].look.factor == 0.0  # type: ignore[attr-defined]
