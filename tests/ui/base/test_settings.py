"""What is remembered from one visit to the next."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from kit.screen import Visit, exploring, finished_run
from textual.theme import Theme

from explorer.ui.base.settings import Settings, load_settings, save_settings, settings_file
from explorer.ui.base.themes import DARK, LIGHT


def themes(*pairs: tuple[str, bool]) -> dict[str, Theme]:
    """Return themes by name, each dark or not."""
    return {name: Theme(name, primary="#123456", dark=dark) for name, dark in pairs}


def test_what_was_saved_is_loaded() -> None:
    settings = Settings("light", "nord", "solarized-light", notify=False)
    save_settings(settings)
    assert load_settings() == settings
    assert stat.S_IMODE(settings_file().stat().st_mode) == 0o600
    assert os.listdir(settings_file().parent) == ["settings.json"]


def test_without_a_file_our_dark_theme_is_used() -> None:
    assert not settings_file().exists()
    assert load_settings().theme == DARK.name
    assert load_settings().opposite == LIGHT.name


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"brightness": "grey"}', b'{"dark": 1}', b'{"dark": "\xff"}', b"[" * 100_000],
)
def test_a_damaged_file_is_ignored(content: bytes) -> None:
    settings_file().parent.mkdir(parents=True)
    settings_file().write_bytes(content)
    assert load_settings() == Settings()


def test_a_folder_that_cannot_be_written_costs_only_the_memory() -> None:
    settings_file().parent.parent.mkdir(parents=True, exist_ok=True)
    settings_file().parent.write_text("a file, where the folder should be")
    save_settings(Settings("light"))
    assert load_settings() == Settings()


def test_a_theme_that_no_longer_exists_or_has_the_wrong_brightness_is_replaced_by_ours() -> None:
    known = themes(("night", True), ("day", False))
    assert Settings("dark", "day", "night", notify=False).among(known) == Settings(notify=False)
    assert Settings("dark", "night", "day").among(known) == Settings("dark", "night", "day")
    assert Settings("light", "gone", "gone").among(known) == Settings("light", DARK.name, LIGHT.name)
    assert Settings("dark", "day", "night").among(known) == Settings("dark", DARK.name, LIGHT.name)


async def theme_after(visit: Visit, *keys: str) -> str:
    """Return the theme after some keys, once it is written down."""
    before = visit.app.theme
    await visit.press(*keys)
    await visit.until(lambda: visit.app.theme != before)
    await visit.until(lambda: load_settings().theme == visit.app.theme)
    return visit.app.theme


async def test_t_goes_back_to_the_theme_of_textual_that_was_chosen(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await visit.sees("is 0, read as 0")
        visit.app.theme = "nord"
        await visit.until(lambda: load_settings().theme == "nord")
        assert await theme_after(visit, "t") == LIGHT.name
        assert await theme_after(visit, "t") == "nord"


async def test_the_next_visit_begins_with_the_theme_of_the_last(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await visit.sees("is 0, read as 0")
        assert await theme_after(visit, "t") == LIGHT.name
    async with exploring(tmp_path) as visit:
        await visit.sees("is 0, read as 0")
        assert visit.app.theme == LIGHT.name
        assert json.loads(settings_file().read_bytes()) == {
            "brightness": "light",
            "dark": DARK.name,
            "light": LIGHT.name,
            "notify": True,
        }
        assert await theme_after(visit, "t") == DARK.name


async def test_notifications_are_turned_off_by_a_command_and_stay_off(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await visit.sees("is 0, read as 0")
        for said, notify in (("no", False), ("yes", True), ("no", False)):
            await visit.press("ctrl+p", *"notify when")
            await visit.sees(r"Notify when a run ends, or don't")
            await visit.press("enter")
            await visit.sees(f"the terminal notifies you when a run ends: {said}", "MessageLine")
            await visit.until(lambda notify=notify: load_settings().notify is notify)
