"""The cost of a key: one layout, one painting, and only the lines that change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from kit.screen import ROOMY, Visit, exploring, finished_run, live_run
from textual.screen import Screen

from explorer.ui.base.themes import DARK, LIGHT
from explorer.ui.widgets.painted import Painted


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    """Count the paintings of each widget, the requests for each of its lines, and the layouts of a screen."""
    counts: Counter[str] = Counter()

    def counted(owner: type, method: str, name: str) -> None:
        original = getattr(owner, method)

        def call(self: object, *arguments: object, **named: object) -> object:
            counts[f"{type(self).__name__} {name}"] += 1
            return original(self, *arguments, **named)

        monkeypatch.setattr(owner, method, call)

    counted(Painted, "_paint", "painted")
    counted(Painted, "render_line", "lines")
    counted(Screen, "_refresh_layout", "laid out")
    return counts


async def after(visit: Visit, done: Counter[str], *keys: str) -> None:
    """Press keys, and wait until all their effects are done."""
    await settled(visit, done)
    done.clear()
    await visit.press(*keys)
    await settled(visit, done)


async def settled(visit: Visit, done: Counter[str]) -> None:
    """Wait until nothing has been painted for a while."""
    seen: list[Counter[str]] = []

    def quiet() -> bool:
        seen.append(Counter(done))
        return len(seen) > 30 and seen[-1] == seen[-30]

    await visit.until(quiet)


async def test_a_view_is_enlarged_with_one_layout_and_one_painting(
    tmp_path: Path, done: Counter[str]
) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await visit.sees("is 0, read as 0")
        for _ in range(2):
            await after(visit, done, "z")
            assert done["Explore laid out"] == 1
            assert done["Gates painted"] == 1
            assert done["Gates lines"] <= ROOMY[1]


async def test_a_move_of_the_cursor_paints_only_the_lines_with_its_marks(
    tmp_path: Path, done: Counter[str]
) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await visit.sees("is 0, read as 0")
        for key in ("right", "up", "left", "down"):
            await after(visit, done, key)
            assert done["Gates painted"] == 1 and 1 <= done["Gates lines"] <= 3
            assert done["Explore laid out"] == 0


async def test_below_a_dialog_only_changes_are_painted(tmp_path: Path, done: Counter[str]) -> None:
    with live_run(tmp_path) as engine:
        async with exploring(tmp_path, (160, 160)) as visit:  # the help leaves the status line free
            await visit.sees("● training")
            await after(visit, done, "question_mark")
            done.clear()
            engine.train(4)
            await visit.sees("step 4/10")
            assert 1 <= done["Progress lines"] <= done["Progress painted"]
            assert done["Gates lines"] <= 2 and done["Help laid out"] == 0


async def test_the_help_page_is_kept_and_opens_at_its_top_in_the_current_theme(
    tmp_path: Path, done: Counter[str]
) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path, (80, 24)) as visit:
        await visit.sees("✓ finished")
        await visit.press("question_mark")
        await visit.sees("The network reads a sample")
        page, box = visit.app.screen, visit.app.screen.query_one("#box")
        before = box.styles.background
        await visit.press("end")
        await visit.sees("redraw the screen")
        await visit.press("escape")
        await visit.back()
        visit.app.theme = LIGHT.name if visit.app.theme == DARK.name else DARK.name
        await after(visit, done, "question_mark")
        await visit.sees("The network reads a sample")
        assert visit.app.screen is page and box.styles.background != before
        await visit.press("escape")
        await visit.back()
        await after(visit, done, "question_mark")
        assert visit.app.screen is page and done["Help laid out"] == 0
