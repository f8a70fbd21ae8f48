"""The explorer on a screen of text: keys and clicks in, text out, without a terminal."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from kit.facts import changed, evaluated, started, stepped
from kit.fake_engine import GATES, HIDDEN, FakeAnswerer, FakeEngine
from textual.geometry import Region
from textual.pilot import Pilot
from textual.widget import Widget

from explorer.runs.catalogue import create_run
from explorer.runs.config import configure
from explorer.runs.events import Event
from explorer.runs.folder import RunFolder
from explorer.runs.writer import EventWriter
from explorer.ui.app import Explorer
from explorer.ui.screens.explore.screen import Explore
from explorer.ui.screens.gate import Gate
from explorer.ui.screens.pages import PAGES, standing_on
from explorer.ui.screens.view_grid import ViewGrid
from explorer.ui.views.table import VIEWS
from explorer.ui.widgets.counted import Counted

ROOMY = (160, 45)
"""Large enough for several views at once."""
CONFUSION = [[10 * row + column if row != column else 900 + row for column in range(10)] for row in range(10)]
"""The confusion matrix of the made-up runs."""


def beginning(cell: str = "lstm") -> list[Event]:
    """Return the events that an engine writes before the first step."""
    facts = {"cell": cell, "activations": GATES[cell], "hidden": HIDDEN, "epochs": 2, "steps_per_epoch": 5}
    look = evaluated(0, epoch=0, samples=1000, whole=False, loss=2.3, accuracy=0.1, confusion=CONFUSION)
    return [changed("preparing"), started(**facts), changed("training"), look]


def learning(steps: int = 10) -> list[Event]:
    """Return the steps of a run of two epochs of five steps, with an evaluation after each epoch."""
    events: list[Event] = []
    for step in range(1, steps + 1):
        epoch = (step - 1) // 5 + 1
        events.append(stepped(step, epoch=epoch, loss=2.0 / step, accuracy=0.5 + step / 25))
        if step % 5 == 0:
            look = evaluated(step, epoch=epoch, loss=1.5 / step, accuracy=0.95, confusion=CONFUSION)
            events.append(look)
    return events


def new_run(runs: Path, name: str = "one", cell: str = "lstm") -> RunFolder:
    """Create a run without events."""
    return create_run(runs, configure({"cell": cell, "hidden": HIDDEN, "epochs": 2}), name)


def finished_run(runs: Path, name: str = "one", cell: str = "lstm") -> RunFolder:
    """Create a run that finished after ten steps."""
    folder = new_run(runs, name, cell)
    writer = EventWriter(folder.events)
    for event in [*beginning(cell), *learning(), changed("finished")]:
        writer.write(event)
    writer.close()
    return folder


@contextmanager
def live_run(runs: Path, name: str = "one", cell: str = "lstm", steps: int = 3) -> Iterator[FakeEngine]:
    """A run that is being trained."""
    engine = FakeEngine(new_run(runs, name, cell), *beginning(cell), *learning(steps))
    engine.step = steps
    try:
        yield engine
    finally:  # a test that fails must not leave a training to the tests after it
        engine.end()


async def until(pilot: Pilot[Any], condition: Callable[[], object], seconds: float = 10) -> None:
    """Wait until a condition holds; shows the screen when it never does."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s in vain; the screen shows\n{text_of(pilot)}")
        await asyncio.sleep(0.01)


def text_of(pilot: Pilot[Any]) -> str:
    """Return the text on the screen, dialogs and notices included."""
    return "\n".join(strip.text for strip in pilot.app.screen._compositor.render_strips())


class Visit:
    """One session with the explorer."""

    def __init__(self, pilot: Pilot[int], engines: list[FakeAnswerer]) -> None:
        """Use the explorer through a pilot."""
        self.pilot = pilot
        self.app = pilot.app
        self.engines = engines
        """The engines that the explorer started, the newest last."""

    @property
    def main(self) -> Explore:
        """The main screen."""
        main = self.app.screen_stack[0]
        assert isinstance(main, Explore)
        return main

    @property
    def gate(self) -> Gate:
        """What lets dialogs open over the main screen."""
        return self.main.gate

    @property
    def views(self) -> ViewGrid:
        """The views of the main screen."""
        return self.app.screen_stack[0].query_one(ViewGrid)

    @property
    def text(self) -> str:
        """The text on the screen."""
        return text_of(self.pilot)

    def text_in(self, selector: str) -> str:
        """Return the text inside one widget of the main screen, without its border."""
        area = self.widget(selector).content_region
        lines = self.text.splitlines()[area.y : area.bottom]
        return "\n".join(line[area.x : area.right] for line in lines)

    def widget(self, selector: str) -> Widget:
        """Return a widget of the main screen."""
        return self.app.screen_stack[0].query_one(selector)

    async def press(self, *keys: str) -> None:
        """Press keys, as fast as they can be typed, and wait until all of them are handled."""
        await self.pilot.press(*keys)
        await self.until(lambda: not self.app.input_queue.busy)

    async def turn_to(self, view: str) -> None:
        """Focus a view by keys, and wait until it has the focus: a key sent at once would go to another."""
        if view not in standing_on(self.views.page):
            await self.press(str([*PAGES].index(VIEWS[view].pages[0]) + 1))
        names = standing_on(self.views.page)
        await self.press(*["tab"] * ((names.index(view) - names.index(self.views.active)) % len(names)))
        await self.until(lambda: self.app.focused is self.widget(f"#{view}"))

    async def enlarge(self) -> None:
        """Have the active view fill the page, unless it does already."""
        if not self.views.single:
            await self.press("z")
        view = self.widget(f"#{self.views.active}")
        await self.until(lambda: view.outer_size == self.views.size)

    async def place(self, view: str, *size: int) -> None:
        """Give a view alone a place of this size, with its border if it has one."""
        views = self.views
        views._counted = Counted(lambda width, height: {views.views[view]: Region(0, 0, *size)})
        views._clear_arrangement_cache()
        views.refresh(layout=True)
        await self.until(lambda: self.widget(f"#{view}").outer_size == size)

    async def back(self) -> None:
        """Wait until the dialog has gone: until then it would take the next key."""
        await self.until(lambda: len(self.app.screen_stack) == 1)

    async def click(self, selector: str, x: int, y: int) -> None:
        """Click at a place inside a widget's border."""
        widget = self.widget(selector)
        inside = widget.content_region.offset - widget.region.offset
        await self.pilot.click(widget, offset=(inside.x + x, inside.y + y))

    async def until(self, condition: Callable[[], object], seconds: float = 10) -> None:
        """Wait until a condition holds."""
        await until(self.pilot, condition, seconds)

    async def sees(self, pattern: str, where: str | None = None) -> re.Match[str]:
        """Wait until the screen, or one widget, matches."""

        def found() -> re.Match[str] | None:
            return re.search(pattern, self.text if where is None else self.text_in(where), re.M)

        try:
            await self.until(found)
        except AssertionError as error:
            raise AssertionError(f"never saw {pattern!r}: {error}") from None
        match = found()
        assert match is not None
        return match

    async def sees_no(self, pattern: str) -> None:
        """Wait until nothing on the screen matches."""
        await self.until(lambda: not re.search(pattern, self.text, re.M))


@asynccontextmanager
async def exploring(runs: Path, size: tuple[int, int] = ROOMY) -> AsyncIterator[Visit]:
    """Open the explorer on a folder of runs; every engine that it starts is a fake, also while it leaves."""
    engines: list[FakeAnswerer] = []
    threads = ThreadPoolExecutor()
    asyncio.get_running_loop().set_default_executor(threads)

    def start(folder: RunFolder, *arguments: str) -> FakeAnswerer:
        """Stand in for `start_engine`, which fails if the run's folder is gone."""
        if not folder.path.is_dir():
            raise FileNotFoundError(f"there is no {folder.path}")
        cell = folder.read().config.cell
        engines.append(FakeEngine(folder, *beginning(cell)))
        engines[-1].arguments = arguments
        return engines[-1]

    def start_read_only(socket: Path) -> FakeAnswerer:
        """Stand in for the function of the same name."""
        engines.append(FakeAnswerer(socket))
        return engines[-1]

    def end() -> None:
        """Wait for the threads, one of which may be about to start an engine, and end all engines."""
        threads.shutdown()
        for engine in engines:
            engine.end()

    with ExitStack() as stack:
        for target, value in {
            "explorer.ui.live.read_only.start_read_only": start_read_only,
            "explorer.ui.screens.starter.start_engine": start,
            "explorer.ui.live.link.POLL": 0.005,
            "explorer.ui.live.link.CHECK_INTERVAL": 0.02,
            "explorer.ui.live.read_only.POLL": 0.005,
            "explorer.ui.live.follower.INTERVAL": 0.02,
            "explorer.ui.live.curve_drawer.PLOT_INTERVAL": 0.05,
            "explorer.ui.screens.explore.screen.PROBE_INTERVAL": 0.1,
            # The pilot waits for an idle processor, and a busy machine has none; these tests wait for
            # the text that they expect.
            "textual.app.wait_for_idle": asyncio.sleep,
            "textual.pilot.wait_for_idle": asyncio.sleep,
        }.items():
            stack.enter_context(patch(target, value))
        stack.callback(end)
        app = Explorer(runs)
        async with app.run_test(size=size, notifications=True) as pilot:
            yield Visit(pilot, engines)


SHOWN = {"gates": "weights of step", "belief": "decided at"}
"""What a view says once it has its answer."""


@asynccontextmanager
async def seeing(view: str, runs: Path, size: tuple[int, int] = ROOMY) -> AsyncIterator[Visit]:
    """Open the explorer on a finished run, and wait until the view shows its answer.

    Where one view fills the screen, it is turned to.
    """
    finished_run(runs)
    async with exploring(runs, size) as visit:
        await visit.sees(SHOWN["gates"], "#gates")
        if not visit.widget(f"#{view}").display:
            await visit.turn_to(view)
        await visit.sees(SHOWN[view], f"#{view}")
        yield visit
