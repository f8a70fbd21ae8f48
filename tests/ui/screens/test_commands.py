"""The command palette: what it lists, in which order, and how wide it is."""

from __future__ import annotations

import re
from pathlib import Path
from unittest.mock import patch

import pytest
from kit.screen import Visit, exploring, finished_run
from textual.command import CommandList

from explorer.ui.screens.commands import Palette
from explorer.ui.screens.keys import KEYS
from explorer.ui.screens.new_run import NewRunForm
from explorer.ui.views.table import VIEWS, view_class

EVERY_KEY = [key for keys in KEYS.values() for key in keys]
EVERYWHERE = [
    "ctrl+l Redraw the screen",
    "Notify when a run ends, or don't",
    "Choose a theme",
    "Save a picture of the screen",
]


def listed(visit: Visit) -> list[str]:
    """Return the lines of the palette's list, with single spaces."""
    commands = visit.app.screen.query_one(CommandList)
    prompts = [str(commands.get_option_at_index(index).prompt) for index in range(commands.option_count)]
    return [" ".join(prompt.split()) for prompt in prompts]


async def test_all_commands_are_listed_in_the_order_of_the_keys_each_with_its_key(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await visit.sees("✓ finished")
        await visit.press("ctrl+p")
        keys = [f"{key.shown} {key.tip.capitalize()}" for key in EVERY_KEY]
        views = [
            f"{view_class(name).about.title.capitalize()}: {view_class(name).about.tip}" for name in VIEWS
        ]
        assert listed(visit) == [*keys, *views, *EVERYWHERE]
        await visit.sees(r" \]  +Next test sample ")


async def test_a_search_keeps_the_keys_in_view(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await visit.sees("✓ finished")
        await visit.press("ctrl+p", *"learning rate")
        await visit.until(lambda: sorted(listed(visit)) == ["+ Learning rate up", "- Learning rate down"])


async def test_it_does_not_open_over_a_dialog_where_ctrl_l_still_redraws_the_screen(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await visit.sees("✓ finished")
        await visit.press("n", "ctrl+p")
        assert [type(one) for one in visit.app.screen_stack[1:]] == [NewRunForm]
        with patch.object(visit.app, "action_redraw") as redraw:
            await visit.press("ctrl+l")
        redraw.assert_called_once_with()


@pytest.mark.parametrize(("size", "width"), [((160, 45), 90), ((90, 30), 90), ((60, 20), 60)])
async def test_it_is_never_wider_than_can_be_read(tmp_path: Path, size: tuple[int, int], width: int) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path, size) as visit:
        await visit.sees("✓ finished")
        await visit.press("ctrl+p")
        await visit.sees(r"part of a command; enter runs it, esc closes this")
        await visit.until(lambda: visit.app.screen.query_one(CommandList).outer_size.width == width)


async def test_a_theme_is_chosen_by_name_from_a_palette_of_ours(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await visit.sees("✓ finished")
        await visit.press("ctrl+p", *"choose a theme", "enter")
        await visit.sees("part of a theme's name")
        assert isinstance(visit.app.screen, Palette)
        await visit.press(*"gruvbox", "enter")
        await visit.until(lambda: visit.app.theme == "gruvbox")
        assert len(visit.app.screen_stack) == 1


async def test_ctrl_c_says_which_keys_lead_out(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await visit.sees("✓ finished")
        await visit.press("ctrl+c")
        await visit.sees("^ q quits; the training can keep running", "MessageLine")
        for key in ("n", "ctrl+p"):
            await visit.press(key, "ctrl+c")
            await visit.sees("^ esc closes this, then q quits", "MessageLine")
            assert len(visit.app.screen_stack) == 2
            await visit.press("escape")
            await visit.back()
            await visit.press("y")
            await visit.sees("^ sent to the terminal's clipboard: ", "MessageLine")


async def test_without_room_for_anything_ctrl_q_still_leaves(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await visit.sees("✓ finished")
        await visit.pilot.resize_terminal(20, 5)
        await visit.until(lambda: visit.app.size.width == 20)
        await visit.press("t")
        assert not re.search("light", visit.app.theme)
        visit.app.simulate_key("ctrl+q")
        await visit.until(lambda: not visit.app.is_running)
