"""Forms: nothing in them is cut off, at any size with room for the explorer."""

from __future__ import annotations

from pathlib import Path

import pytest
from kit.screen import exploring, finished_run
from textual.widgets import Label

from explorer.ui.widgets.select import Select

SIZES = [(160, 45), (120, 40), (80, 24)]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize(("key", "title"), [("n", "new run"), ("e", "export the graph")])
async def test_no_hint_and_no_value_in_a_form_is_cut_off(
    tmp_path: Path, key: str, title: str, size: tuple[int, int]
) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path, size) as visit:
        await visit.press(key)
        await visit.sees(f"─ {title} ─")
        box = visit.app.screen.query_one("#box")
        fields = list(visit.app.screen.query(Select))
        assert len(fields) >= 3
        for number in range(max(len(field.choices) for field in fields)):
            for field in fields:
                field.chosen = number % len(field.choices)
            shown = [field.choices[field.chosen][0] for field in fields]
            await visit.until(lambda shown=shown: all(f"‹ {answer} ›" in visit.text for answer in shown))
            lines = visit.text.splitlines()[box.region.y : box.region.bottom]
            cut = [line[box.region.x : box.region.right] for line in lines]
            assert not [line for line in cut if "…" in line]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_no_error_message_in_a_form_is_cut_off(tmp_path: Path, size: tuple[int, int]) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path, size) as visit:
        await visit.press("n")
        await visit.sees("─ new run ─")
        await visit.press("a", "?", "ctrl+s")
        message = visit.app.screen.query_one("#message", Label)
        await visit.until(lambda: "not 'a?'" in str(message.render()))
        await visit.sees(r"'a\?' +│")
        await visit.sees(r"Start +\^s")
