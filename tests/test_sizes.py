"""Every size of terminal: what fits is shown, and nothing is cut off or lies over anything else."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest
from screen import ROOMY, Visit, exploring, finished_run
from textual.widget import Widget

SIZES = [(60, 20), (80, 24), (100, 30), (118, 39), (120, 40), ROOMY, (200, 50), (250, 70)]
VIEWS = ("curves", "gates", "confusion")


def shown(visit: Visit) -> list[Widget]:
    """The parts of the main screen that can be seen."""
    names = ["Status", "ViewTabs", "#curves", "#gates", "#confusion", "Footer"]
    return [widget for widget in map(visit.widget, names) if widget.display and widget.region.area]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_nothing_is_cut_off_or_overlaps(size: tuple[int, int], tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path, size) as visit:
        await visit.sees("is 0, read as 0")
        for view in VIEWS:
            await visit.turn_to(view)
            await visit.until(lambda view=view: visit.widget(f"#{view}").region.area)
            parts = shown(visit)
            for part in parts:
                assert visit.app.screen.region.contains_region(part.region), part
            for one, other in combinations(parts, 2):
                assert not one.region.intersection(other.region).area, (one, other)


async def test_eighty_columns_hold_every_key_of_the_footer(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path, (80, 24)) as visit:
        line = await visit.sees(
            r"n New p Pause s Stop +\+ - Rate c Cell r Run e Export t Theme \? Help q Quit"
        )
        assert line.end() - line.start() <= 80


async def test_where_one_view_fits_the_keys_and_tab_turn_the_tabs(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path, (80, 24)) as visit:
        await visit.sees("1 Curves +2 Gates +3 Confusion")
        for key, seen in (
            ("1", "loss"),
            ("3", "4 read as 9"),
            ("2", "is 0, read as 0"),
            ("tab", "4 read as 9"),
        ):
            await visit.press(key)
            await visit.sees(seen)
            assert sum(bool(visit.widget(f"#{view}").display) for view in VIEWS) == 1
        await visit.press("shift+tab")
        await visit.sees("is 0, read as 0")


async def test_a_view_is_enlarged_to_the_whole_screen_and_back(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path, ROOMY) as visit:
        await visit.sees("is 0, read as 0")
        assert all(visit.widget(f"#{view}").display for view in VIEWS)
        before = visit.widget("#confusion").region.area
        await visit.turn_to("confusion")
        await visit.press("z")
        await visit.until(lambda: not visit.widget("#gates").display)
        await visit.until(lambda: visit.widget("#confusion").region.area > 3 * before)
        await visit.press("z")
        await visit.until(lambda: all(visit.widget(f"#{view}").display for view in VIEWS))
        await visit.sees("is 0, read as 0")


async def test_a_terminal_made_too_small_says_so_until_it_is_large_again(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path, ROOMY) as visit:
        await visit.sees("is 0, read as 0")
        for size in ((40, 10), (59, 45), (160, 19), (10, 3), (1, 1)):
            await visit.pilot.resize_terminal(*size)
            await visit.until(lambda: not visit.widget("Status").display)
        await visit.pilot.resize_terminal(40, 10)
        await visit.sees("the explorer needs 60×20")
        await visit.pilot.resize_terminal(*ROOMY)
        await visit.sees("is 0, read as 0")
        await visit.sees("1 curves.*3 confusion")
