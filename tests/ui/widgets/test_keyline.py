"""The last line: the keys that do something now, whole, and clicks on them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from kit.fake_engine import MISREAD, FakeEngine
from kit.screen import Visit, beginning, exploring, finished_run, learning, live_run, new_run
from textual.app import App, ComposeResult

import explorer.ui.app
from explorer.protocol.messages import Continue, Pause, ScaleLearningRate
from explorer.runs.snapshot import NO_RUN, ShownState
from explorer.ui.base.keys import Hint, Key
from explorer.ui.base.themes import DARK
from explorer.ui.screens.keys import KEYS, useful_in
from explorer.ui.screens.pages import PAGES
from explorer.ui.views.choice import Choice
from explorer.ui.views.table import VIEWS, view_class
from explorer.ui.widgets.keyline import KeyLine

WIDTHS = range(60, 201)
PAUSES = {
    "training": "Pause",
    "paused": "Continue",
    "stopped": "Resume",
    "failed": "Resume",
    "lost": "Resume",
    "diverged": "Resume",
    "finished": "Train longer",
    "waiting": "Start",
    "not started": "Start",
}
"""What the key p does to a run in each state."""
STATES: tuple[ShownState, ...] = ("none", "starting", "preparing", *PAUSES)  # type: ignore[assignment]
OF_SAMPLES = [
    "space Play",
    "[ ] Sample",
    "g Go to",
    "x Random",
    "b Belief",
    "o Order",
    "f To unit",
    "m Misread",
    "i What if",
    "< > Moment",
]
"""What every view has that shows a sample."""
OF_CLASSES = [*OF_SAMPLES, ", . Class"]
"""What every view has that shows what concerns one class of it."""
KEYS_OF = {
    "curves": [
        *("← → Cursor", "( ) Zoom", "{ } Values", "0 All", "S Smooth", "F Factor", "L Lines"),
        *("X Y Axes", "M Moment", "N Note"),
    ],
    "gates": ["↑ ↓ Timestep", "← → Unit", "enter Lens", "u One/all", "a Why", *OF_CLASSES],
    "confusion": ["↑ ↓ ← → Square", "enter Samples"],
    "belief": ["↑ ↓ Timestep", *OF_CLASSES],
    "cell": ["↑ ↓ Timestep", "← → Unit", "u One/all", *OF_SAMPLES],
    "mistakes": ["↑ ↓ ← → Sample", "enter Read", "v Gates", "esc Back"],
    "sources": ["↑ ↓ Timestep", *OF_SAMPLES],
    "unit": ["↑ ↓ Timestep", "← → Unit", "escape Gates", *OF_CLASSES],
    "draw": [
        *("↑ ↓ ← → Pen", "space Ink", "d Tool", "u Undo", "l Clear", "k v Copy/put"),
        *("enter Change", "ctrl+s Save", "o Open"),
        *(one for one in OF_SAMPLES if one[:2] not in ("sp", "o ")),  # there, these are the pad's own keys
    ],
    "difference": ["↑ ↓ Timestep", "← → Unit", "v Map", "I F O R Z Hold", "W Wipe", *OF_CLASSES],
    "pair": ["↑ ↓ Timestep", "← → Unit", "v Map", *OF_CLASSES],
    "usual": ["↑ ↓ Change", "enter Read so", "E Evaluate"],
    "overlay": [
        *("↑ ↓ Front", "← → Cursor", "( ) Zoom", "{ } Values", "0 All", "S Smooth", "F Factor"),
        *("L Lines", "X Y Axes"),
    ],
    "versus": ["↑ ↓ Front", "enter Open"],
}
"""What only one view has in the line, as far as there is room."""
NUMBERS = [f"{number}" for number, _ in enumerate(PAGES, start=1)]
"""The keys of the pages."""
ALWAYS = [
    f"{' '.join(NUMBERS)} Page",
    "tab View",
    "n New",
    "c Cell",
    "C Race",
    "r Runs",
    "e Export",
    "t Theme",
    "y Copy path",
    "! Messages",
]
ALWAYS += ["? Help", "q Quit"]
"""What every view has."""


class Page(App[None]):
    """The line alone, in the explorer's colours."""

    CSS_PATH = str(Path(explorer.ui.app.__file__).with_name("app.tcss"))

    def compose(self) -> ComposeResult:
        self.register_theme(DARK)
        self.theme = DARK.name
        yield KeyLine()


@asynccontextmanager
async def page() -> AsyncIterator[KeyLine]:
    """A line that can be painted in any width."""
    async with Page().run_test(size=(80, 10)) as pilot:
        yield pilot.app.query_one(KeyLine)


def whole(view: str, state: ShownState, zoom: str) -> list[str]:
    """Return all that the line may show, in no particular order."""
    if state == "none":
        return ["n New", "C Race", "r Runs", "t Theme", "! Messages", "? Help", "q Quit"]
    steer = ["s Stop", "+ - Rate"] if state in ("training", "paused") else []
    pause = [f"p {PAUSES[state]}"] if state in PAUSES else []
    return KEYS_OF[view] + ALWAYS + steer + pause + ([f"z {zoom}"] if zoom else [])


def useful(view: str) -> list[Key | Hint]:
    """Return the keys of a view that shows everything at once, where units stand side by side."""
    return useful_in(view_class(view)(Choice(), id=view), units=True)


async def shown(line: KeyLine, view: str, state: ShownState, width: int, zoom: str = "Enlarge") -> list[str]:
    """Return what the line shows in this width."""
    line.show(useful(view), replace(NO_RUN, state=state), zoom)
    return painted(line, width)


def painted(line: KeyLine, width: int) -> list[str]:
    """Return the parts of the line in a width: they are two spaces apart."""
    (strip,) = line.paint(width, 1)
    assert strip.cell_length == width
    return re.split(r" {2,}", strip.text.strip())


class TestWhatIsShown:
    @pytest.mark.parametrize("zoom", ["Enlarge", "Whole page", ""])
    @pytest.mark.parametrize("view", VIEWS)
    async def test_at_every_width_each_key_is_whole_and_does_something_in_this_view_now(
        self, view: str, zoom: str
    ) -> None:
        async with page() as line:
            for state in STATES:
                known = whole(view, state, zoom)
                line.show(useful(view), replace(NO_RUN, state=state), zoom)
                for width in WIDTHS:
                    parts = painted(line, width)
                    assert set(parts) <= set(known), (state, width)
                    assert len(parts) == len(set(parts))
                    assert parts[-2:] == ["? Help", "q Quit"]

    async def test_a_wide_enough_line_shows_all_of_them(self) -> None:
        async with page() as line:
            for view in VIEWS:
                for state in STATES:
                    parts = await shown(line, view, state, 440)
                    assert sorted(parts) == sorted(whole(view, state, "Enlarge"))

    async def test_a_wider_line_shows_no_fewer_of_them(self) -> None:
        async with page() as line:
            for view in VIEWS:
                counts = [
                    len(await shown(line, view, "training", width)) for width in (60, 80, 120, 160, 200)
                ]
                assert counts == sorted(counts) and counts[0] >= 5

    @pytest.mark.parametrize("view", VIEWS)
    async def test_at_sixty_columns_pause_stop_and_what_the_view_has_of_its_own_come_first(
        self, view: str
    ) -> None:
        async with page() as line:
            for state in STATES:
                parts = await shown(line, view, state, 60)
                assert state not in PAUSES or f"p {PAUSES[state]}" in parts
                assert state == "none" or set(KEYS_OF[view][:1]) <= set(parts)

    @pytest.mark.parametrize(("view", "key"), [("draw", "ctrl+s Save"), ("difference", "i What if")])
    async def test_what_a_page_is_for_is_named_from_eighty_columns_on(self, view: str, key: str) -> None:
        async with page() as line:
            for state in PAUSES:
                for width in range(80, 201):
                    assert key in await shown(line, view, state, width), (state, width)

    async def test_p_is_named_by_what_it_does(self) -> None:
        async with page() as line:
            for state in STATES:
                found = [part[2:] for part in await shown(line, "gates", state, 200) if part[:2] == "p "]
                assert found == ([PAUSES[state]] if state in PAUSES else [])

    async def test_a_run_whose_folder_is_gone_is_not_resumed(self) -> None:
        async with page() as line:
            lost = replace(NO_RUN, state="lost")
            for exists in (True, False, True):
                line.show(useful("gates"), replace(lost, exists=exists), "Enlarge")
                assert ("p Resume" in line.render_line(0).text) == exists

    async def test_in_a_large_terminal_the_rate_is_there_while_training_and_while_paused(self) -> None:
        async with page() as line:
            for view in VIEWS:
                for state in ("training", "paused"):
                    assert "+ - Rate" in await shown(line, view, state, 160)

    async def test_the_last_key_may_end_where_the_line_does(self) -> None:
        async with page() as line:
            needed = len("  ".join(await shown(line, "gates", "training", 440))) + 1
            assert len(await shown(line, "gates", "training", needed)) == len(
                whole("gates", "training", "Enlarge")
            )
            assert len(await shown(line, "gates", "training", needed - 1)) < len(
                whole("gates", "training", "Enlarge")
            )

    async def test_stop_and_rate_are_there_only_while_a_training_can_be_steered(self) -> None:
        async with page() as line:
            for state in STATES:
                parts = await shown(line, "curves", state, 200)
                steerable = state in ("training", "paused")
                assert ("s Stop" in parts, "+ - Rate" in parts) == (steerable, steerable)


class TestFollowing:
    async def test_the_line_follows_the_view_and_the_training(self, tmp_path: Path) -> None:
        with live_run(tmp_path) as engine:
            async with exploring(tmp_path) as visit:
                await visit.sees("p Pause .*s Stop", "KeyLine")
                await visit.sees("m Misread", "KeyLine")
                await visit.turn_to("confusion")
                await visit.sees("^ ↑ ↓ ← → Square  enter Samples  .*tab View  z Enlarge", "KeyLine")
                assert "Misread" not in visit.text_in("KeyLine")
                await visit.press("p")
                await visit.sees("p Continue .*s Stop", "KeyLine")
                engine.end("stopped")
                await visit.sees("p Resume", "KeyLine")
                assert "Stop" not in visit.text_in("KeyLine")

    async def test_a_finished_run_can_be_trained_longer(self, tmp_path: Path) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path) as visit:
            await visit.sees("p Train longer", "KeyLine")

    async def test_where_only_one_view_fits_none_can_be_enlarged(self, tmp_path: Path) -> None:
        finished_run(tmp_path)
        for size, can_enlarge in (((117, 45), False), ((160, 45), True)):
            async with exploring(tmp_path, size) as visit:
                await visit.sees("Timestep", "KeyLine")
                assert ("Enlarge" in visit.text_in("KeyLine")) == can_enlarge
                await visit.press("z")
                assert ("Whole page" in visit.text_in("KeyLine")) == can_enlarge


async def click(visit: Visit, text: str) -> None:
    """Click on the first character of a key in the line, and wait until that is handled."""
    place = (await visit.sees(f"(?:^| ){re.escape(text)}(?= )", "KeyLine")).start()
    await visit.click("KeyLine", place + (visit.text_in("KeyLine")[place] == " "), 0)
    await visit.until(lambda: not visit.app.input_queue.busy)


def at(visit: Visit, index: int) -> Callable[[], bool]:
    """Return whether the gates show this sample."""
    return lambda: f"sample {index:,} " in visit.text_in("#gates")


class TestClicks:
    """A click on a key does what the key does; each key that the line can show is tried."""

    TRIED = frozenset([*NUMBERS, "tab", "space", "delete", "backspace", *"z[]gx,.bofmiw<>nps+-cCreyt!?q"])

    def test_every_key_that_can_be_shown_is_tried(self) -> None:
        assert {key.shown for keys in KEYS.values() for key in keys if key.rank} == self.TRIED

    async def test_on_those_of_a_training(self, tmp_path: Path) -> None:
        with live_run(tmp_path) as engine:
            async with exploring(tmp_path, (300, 45)) as visit:
                await visit.sees("is 0, read as 0")
                for text, said in (
                    ("+", r"×1\.5"),
                    ("-", "learning rate ×1$"),
                    ("p", "‖ paused"),
                    ("p", "● training"),
                ):
                    await click(visit, text)
                    await visit.sees(said.replace("$", " "))
                await click(visit, "s")
                await visit.sees("─ stop the training")
                await visit.press("escape")
                await visit.back()
                assert [engine.asked(kind) for kind in (Pause, Continue)] == [[Pause()], [Continue()]]
                by = [request.by for request in engine.asked(ScaleLearningRate)]  # type: ignore[attr-defined]
                assert by == pytest.approx([1.5, 1 / 1.5])

    async def test_on_those_of_the_views(self, tmp_path: Path) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path, (440, 45)) as visit:
            await visit.sees("is 0, read as 0")
            for number, name in [*zip(NUMBERS, PAGES, strict=True), ("1", "train")]:
                await click(visit, number)
                await visit.until(lambda name=name: visit.views.page == name)
            for view in ("belief", "curves", "confusion", "gates"):
                await click(visit, "tab")
                await visit.until(lambda view=view: visit.app.focused is visit.widget(f"#{view}"))
            await click(visit, "z")
            await visit.until(lambda: not visit.widget("#curves").display)
            await click(visit, "z")
            await visit.until(lambda: visit.widget("#curves").display)

    async def test_on_those_of_the_samples(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("random.randrange", lambda end: end - 17)
        finished_run(tmp_path)
        async with exploring(tmp_path, (310, 45)) as visit:
            await visit.sees("is 0, read as 0")
            for text, number in ((",", 9), (".", 0)):
                await click(visit, text)
                await visit.sees(f" class {number} *$", "Status")
            for text, index in (("]", 1), ("[", 0), ("x", 10_000 - 17), ("m", MISREAD)):
                await click(visit, text)
                await visit.until(at(visit, index))
            await click(visit, "space")
            await visit.sees("reading …", "#gates")
            await click(visit, "b")
            await visit.sees("─ step 0, blanked ─")
            await click(visit, "<")
            await visit.sees("at step 0")
            await click(visit, ">")
            await visit.until(lambda: "at step" not in visit.text_in("Status"))
            await click(visit, "o")
            await visit.sees("─ by half-life at step 0, sample ")
            await click(visit, "g")
            await visit.sees("─ test sample ─")

    async def test_on_those_of_a_change(self, tmp_path: Path) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path, (310, 45)) as visit:
            await visit.turn_to("difference")
            await visit.sees("as trained", "#difference")
            await visit.press("F")
            for text, said in (("w", "without f = 1"), ("w", "(?<!without )f = 1")):
                await click(visit, text)
                await visit.sees(said, "Status")
            await visit.press("W")
            await visit.sees("f = 1 · memory", "Status")
            await click(visit, "delete")
            await visit.until(lambda: "memory" not in visit.text_in("Status"))
            await visit.press("W")
            await click(visit, "backspace")
            await visit.until(lambda: "f = 1" not in visit.text_in("Status"))
            await visit.until(lambda: not re.search("With/out|Undo", visit.text_in("KeyLine")))

    @pytest.mark.parametrize(
        ("text", "title"),
        [
            ("n", "new run"),
            ("i", "what if"),
            ("f", "hidden unit"),
            ("c", "switch cell"),
            ("C", "race"),
            ("r", "switch run"),
            ("e", "export"),
            ("!", "messages"),
            ("?", "help"),
            ("p", "train longer"),
        ],
    )
    async def test_on_those_that_open_a_dialog(self, text: str, title: str, tmp_path: Path) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path, (340, 45)) as visit:
            await visit.sees("is 0, read as 0")
            await click(visit, text)
            await visit.sees(f"─ {title}")

    async def test_on_those_of_the_screen(self, tmp_path: Path) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path, (340, 45)) as visit:
            await visit.sees("is 0, read as 0")
            before = visit.app.theme
            await click(visit, "t")
            await visit.until(lambda: visit.app.theme != before)
            await click(visit, "y")
            await visit.sees(r"clipboard: .*/one *$", "MessageLine")
            await click(visit, "q")
            await visit.until(lambda: visit.app.return_value == 0)

    async def test_the_name_of_a_key_belongs_to_it(self, tmp_path: Path) -> None:
        FakeEngine(new_run(tmp_path), *beginning(), *learning(3)).end("stopped")
        async with exploring(tmp_path, (60, 20)) as visit:
            found = await visit.sees("p Resume", "KeyLine")
            await visit.click("KeyLine", found.end() - 1, 0)
            await visit.sees("● training")

    async def test_beside_them_and_on_a_key_of_a_view_it_does_nothing(self, tmp_path: Path) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path, (340, 45)) as visit:
            await visit.sees("timestep 28 of 28 · unit 0 ")
            shown = visit.text_in("#gates")
            for x in (339, len(visit.text_in("KeyLine").rstrip()) + 3, 1):
                await visit.click("KeyLine", x, 0)
                await visit.until(lambda: not visit.app.input_queue.busy)
            assert visit.text_in("#gates") == shown
            assert visit.app.focused is visit.widget("#gates") and len(visit.app.screen_stack) == 1

    async def test_the_mouse_over_a_key_tells_what_it_does(self, tmp_path: Path) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path, (340, 45)) as visit:
            found = await visit.sees("c Cell", "KeyLine")
            await visit.pilot.hover("KeyLine", offset=(found.start(), 0))
            await visit.until(
                lambda: visit.widget("KeyLine").tooltip == "another cell: its best comparable run"
            )


@pytest.mark.parametrize("key", ["n", "g", "question_mark", "ctrl+p"])
async def test_below_a_dialog_it_names_no_key_and_afterwards_those_it_named_before(
    key: str, tmp_path: Path
) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path, (160, 45)) as visit:
        await visit.sees("is 0, read as 0")
        before = visit.text.splitlines()[-1]
        assert "Timestep" in before[:13] and "q Quit" in before
        await visit.press(key)
        await visit.until(lambda: len(visit.app.screen_stack) == 2)
        await visit.until(lambda: not visit.text.splitlines()[-1][:13].strip())  # beside the tallest, too
        await visit.press("escape")
        await visit.until(lambda: visit.text.splitlines()[-1] == before)
