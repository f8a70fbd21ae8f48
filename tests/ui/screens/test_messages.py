"""The page of the last messages, and the line that shows the newest."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from kit.screen import Visit, exploring, finished_run
from textual.containers import VerticalScroll

from explorer.ui.screens.explore.screen import Explore
from explorer.ui.widgets.message_line import KEPT, Notice

LONG = (
    "a message that is too long for its line: " + " ".join(f"word{number}" for number in range(40)) + " end"
)
"""More than any line has room for."""


def main_screen(visit: Visit) -> Explore:
    """The screen below all dialogs."""
    screen = visit.app.screen_stack[0]
    assert isinstance(screen, Explore)
    return screen


async def test_before_anything_was_said_the_page_says_so(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await visit.sees("✓ finished")
        await visit.press("!")
        await visit.sees("─ messages ─")
        await visit.sees("nothing has been said yet")


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (160, 45)], ids=str)
async def test_a_message_that_is_cut_off_names_the_key_that_shows_all_of_it(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path, size) as visit:
        await visit.sees("✓ finished")
        main_screen(visit).say(Notice(LONG))
        await visit.sees(r"^ a message that is too long .*… ! all of it *$", "MessageLine")
        await visit.press("!")
        await visit.sees("─ messages ─")
        await visit.sees("end +│")
        words = re.findall(r"word\d+", "".join(line for line in visit.text.splitlines() if "│" in line))
        assert words == re.findall(r"word\d+", LONG)


async def test_the_newest_is_first_with_its_time_and_one_that_is_repeated_is_there_once(
    tmp_path: Path,
) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await visit.sees("✓ finished")
        for text in ("first", "second [/x]", "second [/x]", "third"):
            main_screen(visit).say(Notice(text))
        await visit.press("!")
        time = r"\d\d:\d\d:\d\d"
        await visit.sees(rf"│ {time}  third +│.*\n.*│ {time}  second \[/x\] +│.*\n.*│ {time}  first +│")
        assert visit.text.count("second [/x]") == 1


async def test_only_the_last_are_kept_and_all_of_them_can_be_reached(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path, (60, 20)) as visit:
        await visit.sees("✓ finished")
        for number in range(KEPT + 3):
            main_screen(visit).say(Notice(f"message {number} ends"))
        await visit.press("!")
        await visit.sees(f"message {KEPT + 2} ends")
        assert "message 3 ends" not in visit.text
        await visit.press("end")
        await visit.sees("message 3 ends")
        page = visit.app.screen.query_one(VerticalScroll)
        await visit.until(lambda: page.scroll_y == page.max_scroll_y)
        assert "message 2 ends" not in visit.text


@pytest.mark.parametrize("key", ["escape", "exclamation_mark", "q", "enter"])
async def test_these_keys_close_the_page(tmp_path: Path, key: str) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await visit.sees("✓ finished")
        await visit.press("!")
        await visit.sees("─ messages ─")
        await visit.press(key)
        await visit.back()
        assert visit.app.return_value is None


async def test_a_new_message_replaces_the_one_before_and_stays_for_its_own_time(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await visit.sees("✓ finished")
        main_screen(visit).say(Notice("a short one", seconds=0.2))
        main_screen(visit).say(Notice("a lasting one", seconds=60))
        main_screen(visit).message_line.progress("export: half of it")
        passed: list[bool] = []  # once the time of the first is over
        main_screen(visit).message_line.set_timer(0.3, lambda: passed.append(True))
        await visit.until(lambda: passed)
        await visit.sees("^ a lasting one *$", "MessageLine")
        main_screen(visit).say(Notice("the last", seconds=0.1))
        await visit.sees("^ export: half of it *$", "MessageLine")
        main_screen(visit).message_line.progress("")
        await visit.sees("^ *$", "MessageLine")
