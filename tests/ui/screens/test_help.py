"""The page that explains the heatmaps and lists every key."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from kit.screen import Visit, exploring, finished_run
from textual.containers import VerticalScroll
from textual.events import MouseScrollDown, MouseScrollUp, ScreenResume

from explorer.ui.screens.help import halves
from explorer.ui.screens.keys import INSIDE, KEYS

LAST = INSIDE[-1][1]
"""What the last key of the page does."""
FIRST, SECOND = next(iter(KEYS)), f"(?:{'|'.join([*KEYS][1:])}|On the pages|More)"
"""The headings of the two columns; the second begins where the first is half of it all."""
HINT = r"╰─ ↑ ↓: scroll · esc: close ─"


async def help_page(visit: Visit) -> VerticalScroll:
    """Open the page, and return what scrolls in it."""
    await visit.sees("✓ finished")
    await visit.press("question_mark")
    await visit.sees("╭─ help ─")
    return visit.app.screen.query_one(VerticalScroll)


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (99, 30), (100, 30), (160, 45)])
async def test_the_page_begins_with_the_explanation_and_ends_with_the_last_key(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path, size) as visit:
        await help_page(visit)
        assert re.search(r"╭─ help ─.*\n.*│ The network reads a sample", visit.text)
        first = next(iter(KEYS.values()))[0]
        assert visit.text.index("The network") < visit.text.index(first.tip)
        assert re.search(HINT, visit.text)
        await visit.press("end")
        await visit.sees(LAST)
        assert re.search(HINT, visit.text)


@pytest.mark.parametrize(("width", "columns"), [(99, 1), (100, 2), (160, 2)])
async def test_the_keys_are_in_two_columns_where_there_is_room(
    tmp_path: Path, width: int, columns: int
) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path, (width, 120)) as visit:
        await help_page(visit)
        assert len(re.findall(rf"│ {FIRST} +{SECOND} ", visit.text)) == columns - 1


async def test_the_columns_change_with_the_size_of_the_terminal(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path, (160, 120)) as visit:
        await help_page(visit)
        await visit.sees(rf"│ {FIRST} +{SECOND} ")
        await visit.pilot.resize_terminal(80, 120)
        await visit.sees(rf"│ {FIRST} +│")
        await visit.pilot.resize_terminal(160, 120)
        await visit.sees(rf"│ {FIRST} +{SECOND} ")


async def test_keys_and_the_wheel_scroll_the_page(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path, (80, 24)) as visit:
        page = await help_page(visit)
        seen = []
        for key in ("down", "pagedown", "up", "pageup", "end", "home"):
            before = page.scroll_y
            await visit.press(key)
            await visit.until(lambda before=before: page.scroll_y != before)
            await visit.until(lambda: page.scroll_y == page.scroll_target_y)
            seen.append(page.scroll_y)
        down, pagedown, up, pageup, end, home = seen
        assert (down, home) == (1, 0)
        assert pagedown > 15
        assert up == pagedown - 1
        assert pageup < pagedown
        assert end == page.max_scroll_y
        x, y = page.region.offset
        for kind, low in ((MouseScrollDown, 1), (MouseScrollUp, 0)):
            visit.app.post_message(kind(None, x, y, 0, 0, 0, False, False, False, x, y))
            await visit.until(lambda low=low: bool(page.scroll_y) == bool(low))


@pytest.mark.parametrize("key", ["escape", "question_mark", "f1", "q", "enter"])
async def test_these_keys_close_the_page(tmp_path: Path, key: str) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await help_page(visit)
        await visit.press(key)
        await visit.back()
        assert visit.app.return_value is None


def test_the_groups_are_shared_out_evenly_and_in_order() -> None:
    groups = [(name, [("k", "tip")] * size) for name, size in (("a", 7), ("b", 11), ("c", 4), ("d", 6))]
    left, right = halves(groups)
    assert [name for name, _ in left] == ["a", "b"]
    assert [name for name, _ in right] == ["c", "d"]
    assert halves([]) == ([], [])


async def test_it_may_be_left_before_it_is_there_and_be_resumed_after_it_is_gone(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        page = await help_page(visit)
        await page.remove()  # as when the explorer is left while the page opens
        visit.app.screen.post_message(ScreenResume())
        await visit.until(lambda: not visit.app.screen.message_queue_size)
        await visit.press("escape")
        await visit.back()
        assert visit.app._exception is None
