"""The line above the keys: what it says, for how long, and what it makes room for."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from kit.facts import changed, marked
from kit.fake_engine import FakeEngine
from kit.screen import Visit, beginning, exploring, finished_run, learning, live_run, new_run
from rich.style import Style
from textual.app import App, ComposeResult
from textual.geometry import Region

import explorer.ui.app
from explorer.ui.base.themes import DARK
from explorer.ui.widgets.message_line import KEPT, MORE, MessageLine, Notice

LONG = 600.0
"""More seconds than any test takes."""


class Page(App[None]):
    """The line alone, in the explorer's colours; it keeps what the line tells its screen."""

    CSS_PATH = str(Path(explorer.ui.app.__file__).with_name("app.tcss"))

    def compose(self) -> ComposeResult:
        self.heard: list[bool] = []
        self.register_theme(DARK)
        self.theme = DARK.name
        yield MessageLine()

    def on_message_line_showing(self, message: MessageLine.Showing) -> None:
        self.heard.append(message.message)


@asynccontextmanager
async def page(width: int = 60) -> AsyncIterator[MessageLine]:
    """A line of a terminal of this width."""
    async with Page().run_test(size=(width, 10)) as pilot:
        yield pilot.app.query_one(MessageLine)


def text(line: MessageLine) -> str:
    """Return what the line shows."""
    strip = line.render_line(0)
    assert strip.cell_length == line.size.width
    return strip.text.strip()


def style(line: MessageLine) -> Style:
    """Return how the line's text is drawn."""
    return next(segment.style or Style() for segment in line.render_line(0) if segment.text.strip())


async def shows(line: MessageLine, wanted: str) -> None:
    """Wait until the line shows a text."""
    deadline = time.monotonic() + 10
    while text(line) != wanted:
        assert time.monotonic() < deadline, f"{text(line)!r}, not {wanted!r}"
        await asyncio.sleep(0.01)


class TestMessages:
    async def test_the_newest_one_is_shown(self) -> None:
        async with page() as line:
            assert text(line) == ""
            for said in ("paused", "training continues"):
                line.say(Notice(said, seconds=LONG))
                assert text(line) == said

    async def test_it_goes_when_its_time_is_over(self) -> None:
        async with page() as line:
            began = time.monotonic()
            line.say(Notice("paused", seconds=0.2))
            assert text(line) == "paused"
            await shows(line, "")
            assert time.monotonic() - began >= 0.2

    async def test_its_time_begins_when_it_is_said_not_with_the_one_before(self) -> None:
        async with page() as line:
            line.say(Notice("short", seconds=0.2))
            line.say(Notice("long", seconds=LONG))
            line.say(Notice("last", seconds=0.4))
            began = time.monotonic()
            while time.monotonic() - began < 0.3:
                assert text(line) == "last"
                await asyncio.sleep(0.01)
            await shows(line, "")

    async def test_one_that_does_not_fit_is_cut_and_names_the_key_that_shows_all_of_it(self) -> None:
        for width in (60, 80, 160):
            async with page(width) as line:
                for length in range(width - 20, width + 20):
                    said = ("word " * 60)[:length].rstrip() + "."
                    line.say(Notice(said, seconds=LONG))
                    if len(said) <= width - 2:
                        assert text(line) == said
                    else:
                        begun, cut, more = text(line).partition("…")
                        assert said.startswith(begun) and cut and more == MORE
                        assert len(begun) > width - 22

    async def test_what_a_file_says_is_neither_obeyed_nor_read_as_markup(self) -> None:
        async with page() as line:
            line.say(Notice("[bold]a\x1b[2Jb\n[/nope]", seconds=LONG))
            assert text(line) == "[bold]a�[2Jb�[/nope]"

    async def test_each_kind_has_its_colour(self) -> None:
        async with page() as line:
            colours = set()
            for severity in ("information", "warning", "error"):
                line.say(Notice("something", severity, LONG))  # type: ignore[arg-type]
                colour = line.get_component_rich_style(f"message--{severity}").color
                assert style(line).color == colour
                colours.add(colour)
            assert len(colours) == 3


class TestHistory:
    async def test_every_message_is_kept_with_its_time_and_one_that_is_repeated_once(self) -> None:
        async with page() as line:
            began = time.time()
            for said in ("a", "b", "b", "b", "a"):
                line.say(Notice(said, seconds=LONG))
            assert [notice.text for _, notice in line.said] == ["a", "b", "a"]
            times = [moment for moment, _ in line.said]
            assert times == sorted(times) and began <= times[0] and times[-1] <= time.time()

    async def test_of_many_the_newest_are_kept(self) -> None:
        async with page() as line:
            for number in range(KEPT + 7):
                line.say(Notice(f"{number}"))
            assert [notice.text for _, notice in line.said] == [f"{number}" for number in range(7, KEPT + 7)]

    async def test_progress_and_remarks_are_not_kept(self) -> None:
        async with page() as line:
            line.progress("export: drawing")
            line.remark(Notice("full disk", "warning"))
            assert [*line.said] == []


class TestWhatIsShownFirst:
    async def test_a_message_comes_before_progress_and_progress_before_a_remark(self) -> None:
        async with page() as line:
            line.remark(Notice("full disk", "warning"))
            assert text(line) == "full disk"
            line.progress("export: drawing")
            assert text(line) == "export: drawing"
            line.say(Notice("paused", seconds=0.2))
            assert text(line) == "paused"
            line.progress("export: writing")
            await shows(line, "export: writing")
            line.progress("")
            assert text(line) == "full disk"
            line.remark(None)
            assert text(line) == ""

    async def test_only_a_message_and_progress_ask_for_room(self) -> None:
        async with page() as line:
            app = line.app
            assert isinstance(app, Page)
            line.remark(Notice("full disk", "warning"))
            line.say(Notice("paused", seconds=0.1))
            await shows(line, "full disk")
            line.progress("export: drawing")
            line.progress("")
            deadline = time.monotonic() + 10
            while app.heard != [False, True, False, True, False]:
                assert time.monotonic() < deadline, app.heard
                await asyncio.sleep(0.01)


def last(visit: Visit) -> str:
    """Return the last line of the screen."""
    return visit.text.splitlines()[-1]


class TestOnTheScreen:
    @pytest.mark.parametrize("size", [(80, 24), (160, 45)])
    async def test_from_24_lines_on_it_is_above_the_keys_and_moves_nothing(
        self, size: tuple[int, int], tmp_path: Path
    ) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path, size) as visit:
            await visit.sees("is 0, read as 0")
            await visit.sees("q Quit", "KeyLine")
            views = visit.widget("ViewGrid")
            above = 3 if size == (80, 24) else 2  # there the tabs have a line
            region = Region(0, above, size[0], size[1] - above - 2)
            await visit.until(lambda: views.region == region)
            visit.main.say(Notice("something happened", seconds=LONG))
            await visit.sees("^ something happened *$", "MessageLine")
            assert visit.text.splitlines()[-2].strip() == "something happened"
            assert "q Quit" in last(visit)
            assert views.region == region

    @pytest.mark.parametrize("size", [(60, 20), (80, 23), (160, 23)])
    async def test_below_24_lines_it_takes_the_keys_line_and_gives_it_back(
        self, size: tuple[int, int], tmp_path: Path
    ) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path, size) as visit:
            await visit.sees("is 0, read as 0")
            views = visit.widget("ViewGrid")
            await visit.until(lambda: views.region == Region(0, 2, size[0], size[1] - 3))
            await visit.until(lambda: "q Quit" in last(visit))
            keys = last(visit)
            visit.main.say(Notice("something happened", seconds=0.3))
            await visit.until(lambda: last(visit).strip() == "something happened")
            assert views.region == Region(0, 2, size[0], size[1] - 3)
            await visit.until(lambda: last(visit) == keys)
            visit.main.message_line.progress("export: drawing")
            await visit.until(lambda: last(visit).strip() == "export: drawing")
            visit.main.message_line.progress("")
            await visit.until(lambda: last(visit) == keys)
            assert views.region == Region(0, 2, size[0], size[1] - 3)

    async def test_a_message_outlives_a_change_of_the_height(self, tmp_path: Path) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path, (80, 24)) as visit:
            await visit.sees("is 0, read as 0")
            visit.main.say(Notice("something happened", seconds=LONG))
            for height, keys in ((23, False), (24, True), (20, False), (45, True)):
                await visit.pilot.resize_terminal(80, height)
                await visit.sees("^ something happened *$")
                await visit.until(lambda keys=keys: ("q Quit" in last(visit)) == keys)

    async def test_why_a_run_failed_stays_and_a_message_only_covers_it_for_a_while(
        self, tmp_path: Path
    ) -> None:
        FakeEngine(new_run(tmp_path), *beginning(), *learning(3)).end("failed", "no memory left")
        why = "^ failed: no memory left; p resumes it from its last checkpoint *$"
        async with exploring(tmp_path) as visit:
            await visit.sees(why, "MessageLine")
            visit.main.say(Notice("something happened", seconds=0.2))
            await visit.sees("^ something happened *$", "MessageLine")
            await visit.sees(why, "MessageLine")

    async def test_what_looks_wrong_is_shown_until_it_is_right_again(self, tmp_path: Path) -> None:
        with live_run(tmp_path) as engine:
            async with exploring(tmp_path) as visit:
                engine.write(marked("exploded"))
                await visit.sees("^ this run is exploded *$", "MessageLine")
                engine.write(marked("recovered"))
                await visit.sees("^ *$", "MessageLine")
                engine.write(changed("finished"))
                await visit.sees(r"^ finished: test accuracy 10\.00% *$", "MessageLine")

    async def test_a_key_shows_the_messages_whole_the_newest_first_and_what_holds_now(
        self, tmp_path: Path
    ) -> None:
        FakeEngine(new_run(tmp_path), *beginning(), *learning(3)).end("failed", "no memory left")
        async with exploring(tmp_path, (80, 24)) as visit:
            await visit.sees("failed: no memory left", "MessageLine")
            long = "the beginning " + "and more of it " * 12 + "to the end"
            for said in ("the first", long):
                visit.main.say(Notice(said, seconds=LONG))
            await visit.sees(r"^ the beginning .*… ! all of it *$", "MessageLine")
            began = time.strftime("%H:", time.localtime(visit.main.message_line.said[-1][0]))
            await visit.press("!")
            await visit.sees("─ messages ─")
            words = " ".join(re.sub("[│╭╮╰╯─]", " ", visit.text).split())
            assert re.search(rf"now failed: no memory left; .* {began}\d\d:\d\d the beginning and", words)
            assert re.search(rf"and more of it to the end {began}\d\d:\d\d the first", words)
            await visit.press("!")
            await visit.back()
