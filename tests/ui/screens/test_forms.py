"""Forms: nothing in them is cut off, at any size with room for the explorer."""

from __future__ import annotations

from pathlib import Path

import pytest
from kit.screen import exploring, finished_run
from textual.widgets import Input, Label

from explorer.ui.widgets.select import Select

SIZES = [(160, 45), (120, 40), (80, 24)]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize(("key", "title"), [("n", "new run"), ("e", "export")])
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
            await visit.until(
                lambda: all(
                    f"‹ {field.choices[field.chosen][0]} ›" in visit.text for field in fields if field.display
                )
            )
            lines = visit.text.splitlines()[box.region.y : box.region.bottom]
            text = "\n".join(line[box.region.x : box.region.right] for line in lines)
            for field in fields:  # an answer may end in three dots of its own
                text = text.replace(f"‹ {field.choices[field.chosen][0]} ›", "")
            assert "…" not in text


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


@pytest.mark.parametrize("size", [(80, 24), (60, 20)], ids=str)
async def test_the_focused_field_and_both_buttons_stay_visible_however_long_the_message(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path, size) as visit:
        await visit.press("n")
        await visit.until(lambda: isinstance(visit.app.focused, Input))
        form = visit.app.screen
        form.query_one("#name", Input).value = "a name with spaces in it " * 4
        await visit.press("tab")
        await visit.sees("name: up to 64 letters")
        await visit.sees(r"Start +\^s")
        await visit.sees("esc: close")
        fields = form.query_one("#fields")
        for _ in range(17):
            before = visit.app.focused
            await visit.press("tab")
            await visit.until(lambda before=before: visit.app.focused is not before)
            focused = visit.app.focused
            inside = form.query_one("#box").content_region
            await visit.until(
                lambda focused=focused, inside=inside: (
                    focused.region in (fields.region if focused in fields.query("*") else inside)
                )
            )
            for shown in ("Cancel", r"Start +\^s", "esc: close"):
                await visit.sees(shown)


async def test_a_narrow_terminal_shows_the_hint_of_the_focused_field_alone(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path, (60, 20)) as visit:
        await visit.press("n")
        await visit.sees("name: letters, digits, and . - _")
        await visit.press("tab", "tab")
        await visit.sees("hidden: hidden units · 1 to 4,096")
        assert visit.text.count("hidden units") == 1
        await visit.pilot.resize_terminal(120, 40)
        await visit.sees(r"hidden +128 +hidden units · 1 to 4,096")
        await visit.sees_no("hidden: hidden units")


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("n", "tab: next field · ← → or a letter: change · esc: close"),
        ("e", "tab: next field · ← → or a letter: change · esc: close"),
        ("c", "enter: choose · esc: close"),
        ("g", "enter: ok · esc: close"),
        ("p", "enter: ok · esc: close"),
        ("r", "D: delete +│\n.*│ esc: close"),
        ("?", "esc: close"),
    ],
)
async def test_every_dialog_names_its_keys_at_the_smallest_size(tmp_path: Path, key: str, hint: str) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path, (60, 20)) as visit:
        await visit.sees("✓ finished")
        await visit.press(key)
        await visit.sees(hint)
