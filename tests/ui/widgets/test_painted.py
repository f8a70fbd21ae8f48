"""Painting by difference: unchanged lines are not sent again."""

from __future__ import annotations

import pytest
from kit.screen import text_of, until
from rich.style import Style
from textual.app import App, ComposeResult
from textual.containers import Vertical
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from explorer.ui.widgets.line import Line
from explorer.ui.widgets.painted import Painted


class Lines(Painted):
    """Shows some lines, and remembers the regions that it refreshed."""

    def __init__(self) -> None:
        super().__init__()
        self.texts = ["a", "b", "c", "d"]
        self.painted = 0
        self.refreshed: list[tuple[Region, ...]] = []

    def paint(self, width: int, height: int) -> list[Strip]:
        self.painted += 1
        return [Line().add(text).strip(width) for text in self.texts]

    def refresh(self, *regions: Region, **options: bool) -> Lines:
        if hasattr(self, "refreshed"):
            self.refreshed.append(regions)
        super().refresh(*regions, **options)
        return self


class Page(App[None]):
    def compose(self) -> ComposeResult:
        with Vertical():
            yield Lines()


async def test_only_the_lines_that_differ_are_refreshed() -> None:
    async with Page().run_test(size=(10, 8)) as pilot:
        lines = pilot.app.query_one(Lines)
        await pilot.pause()
        lines.refreshed.clear()
        lines.texts[2] = "C"
        lines.repaint()
        assert lines.refreshed == [(Region(0, 2, 10, 1),)]
        assert lines.render_line(2).text.strip() == "C"


async def test_painting_the_same_lines_again_refreshes_nothing() -> None:
    async with Page().run_test(size=(10, 8)) as pilot:
        lines = pilot.app.query_one(Lines)
        await pilot.pause()
        lines.refreshed.clear()
        lines.repaint()
        assert lines.refreshed == []


async def test_lines_that_disappeared_are_refreshed_too() -> None:
    async with Page().run_test(size=(10, 8)) as pilot:
        lines = pilot.app.query_one(Lines)
        await pilot.pause()
        lines.refreshed.clear()
        del lines.texts[3]
        lines.repaint()
        assert lines.refreshed == [(Region(0, 3, 10, 1),)]
        assert lines.render_line(3).text.strip() == ""


@pytest.mark.parametrize("hidden", [Lines, Vertical])
async def test_a_hidden_widget_is_not_painted_until_it_is_shown(hidden: type[Widget]) -> None:
    async with Page().run_test(size=(10, 8)) as pilot:
        lines = pilot.app.query_one(Lines)
        await until(pilot, lambda: text_of(pilot).startswith("a"))
        pilot.app.query_one(hidden).display = False
        await until(pilot, lambda: not lines.size)
        before = lines.painted
        lines.texts[0] = "A"
        lines.repaint()
        assert lines.painted == before
        pilot.app.query_one(hidden).display = True
        await until(pilot, lambda: text_of(pilot).startswith("A"))
        assert lines.painted > before
        assert lines.render_line(0).text.strip() == "A"


async def test_neighbours_with_one_style_become_one_segment() -> None:
    red = Style(color="red")
    strip = Line().add("a", red).add("b", red).add("c").strip(5)
    first = next(iter(strip))
    assert (first.text, first.style) == ("ab", red)
    assert strip.cell_length == 5
