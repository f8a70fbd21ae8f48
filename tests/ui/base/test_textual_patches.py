"""Textual's bugs that we work around, each with a test that fails once it is fixed; and the names we use.

When a test of the first kind fails after an update, the workaround that it names in
`explorer/ui/base/textual_patches.py` can go, and the test with it.
"""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import pytest
from kit.screen import exploring, finished_run, new_run, until
from rich.color import ColorSystem
from rich.style import Style
from textual.app import App, ComposeResult
from textual.drivers import linux_driver
from textual.events import MouseDown, MouseMove, MouseUp
from textual.geometry import Region
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import Input, Label

import explorer.ui.base.textual_patches as patches
from explorer.ui.base.textual_patches import PatchedModal, PatchedScreen
from explorer.ui.screens.commands import Palette
from explorer.ui.screens.dialog import Dialog
from explorer.ui.screens.explore import Explore
from explorer.ui.screens.help import Help

EXPLORER = Path(patches.__file__).parents[2]
PATCHED = Path(patches.__file__)


class Counting:
    """Counts how often a screen is laid out."""

    layouts = 0

    def _refresh_layout(self, *arguments: object, **options: object) -> None:
        self.layouts += 1
        super()._refresh_layout(*arguments, **options)


class Plain(Counting, Screen[None]):
    """Textual's unpatched screen."""

    def compose(self) -> ComposeResult:
        yield Label("text")
        yield Input()


class Mended(Counting, PatchedScreen[None]):
    """Our patched screen."""

    def compose(self) -> ComposeResult:
        yield Label("text")
        yield Input()


class Page(App[None]):
    """An app with one screen."""

    def __init__(self, screen: type[Screen[None]]) -> None:
        super().__init__()
        self._first = screen

    def get_default_screen(self) -> Screen[None]:
        return self._first()


class Box(ModalScreen[None]):
    """Textual's own dialog, with the screen below it visible."""

    DEFAULT_CSS = "Box { background: transparent; }"

    def compose(self) -> ComposeResult:
        yield Label("box")


async def layouts_of_one_resize(kind: type[Screen[None]]) -> int:
    """Return how often a screen is laid out when the terminal's size changes once."""
    page = Page(kind)
    async with page.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        page.screen.layouts = 0
        await pilot.resize_terminal(90, 30)
        await until(pilot, lambda: page.screen.size == (90, 30))
        await pilot.pause(0.1)
        return page.screen.layouts


async def test_a_resize_is_laid_out_more_often_by_textual_than_by_us() -> None:
    assert await layouts_of_one_resize(Plain) > await layouts_of_one_resize(Mended)


async def focused_after_a_press_outside(kind: type[Screen[None]]) -> Widget | None:
    """Return the focused widget after mouse events outside the terminal."""
    page = Page(kind)
    async with page.run_test(size=(80, 24)) as pilot:
        page.query_one(Input).focus()
        await until(pilot, lambda: page.focused is not None)
        for kind_of_event in (MouseDown, MouseUp, MouseMove):
            page.post_message(kind_of_event(None, 200, 200, 0, 0, 1, False, False, False, 200, 200))
        await pilot.pause()
        return page.focused


async def test_a_press_outside_the_screen_takes_the_focus_in_textual_and_not_in_ours() -> None:
    assert await focused_after_a_press_outside(Plain) is None
    assert isinstance(await focused_after_a_press_outside(Mended), Input)


async def stays_stale_below_a_dialog(kind: type[Screen[None]]) -> bool:
    """Whether a screen below a dialog is still marked for painting after the dialog painted its change."""
    page = Page(kind)
    async with page.run_test(size=(80, 24)) as pilot:
        below = page.screen
        await page.push_screen(Box())
        await pilot.pause()
        below._repaint_required = False
        below._compositor._dirty_regions.add(Region(0, 0, 4, 1))
        below._compositor_refresh()
        return below._repaint_required


async def test_a_change_below_a_dialog_is_painted_repeatedly_by_textual_and_once_by_us() -> None:
    assert await stays_stale_below_a_dialog(Plain)
    assert not await stays_stale_below_a_dialog(Mended)


def test_a_change_of_focus_repaints_the_whole_screen_in_textual_and_nothing_in_ours() -> None:
    assert Screen.__dict__["focused"]._repaint
    assert not PatchedScreen.__dict__["focused"]._repaint


def test_an_invalid_utf_8_byte_ends_textual_s_input_and_not_ours() -> None:
    source = inspect.getsource(linux_driver.LinuxDriver.run_input_thread)
    assert re.search(r'getincrementaldecoder\("utf-8"\)\(\)', source)  # strict: no `errors` argument
    with pytest.raises(UnicodeDecodeError):
        linux_driver.getincrementaldecoder("utf-8")().decode(b"\xff")
    assert patches._lenient("utf-8")().decode(b"\xffa") == "�a"


def test_every_modal_screen_of_the_program_draws_the_screen_below_it_in_the_same_way() -> None:
    assert PatchedModal.render_lines is Palette.render_lines is Dialog.render_lines is Help.render_lines


async def test_a_list_that_is_ready_after_another_dialog_has_opened_is_drawn_over_it(tmp_path: Path) -> None:
    finished_run(tmp_path)
    new_run(tmp_path, "two")
    async with exploring(tmp_path) as visit:
        await visit.press("ctrl+p")
        await visit.until(lambda: isinstance(visit.app.screen, Palette))
        main = visit.app.screen_stack[0]
        assert isinstance(main, Explore)
        main.action_runs()  # as if `r` had been pressed first on a slow disk
        await visit.sees("─ switch run ─")
        await visit.press("escape", "escape")
        await visit.back()
        assert visit.app.failure is None


def test_a_terminal_without_colours_is_sent_none_even_of_a_style_that_was_drawn_in_colour_before() -> None:
    style = Style(bold=True, color="#ff0000", bgcolor="#0000ff")
    assert patches.sgr_parameters(style, ColorSystem.TRUECOLOR) == "1;38;2;255;0;0;48;2;0;0;255"
    assert patches.sgr_parameters(style, None) == "1"
    assert patches.sgr_parameters(Style(color="red"), None) == ""


SIGNATURES = {
    "App._display": "(self, screen: 'Screen', renderable: 'RenderableType | None') -> 'None'",
    "App._fatal_error": "(self) -> 'None'",
    "App._handle_exception": "(self, error: 'Exception') -> 'None'",
    "App.on_event": "(self, event: 'events.Event') -> 'None'",
    "App._close_messages_no_wait": "(self) -> 'None'",
    "App._get_screen": "(self, screen: 'Screen | str') -> 'tuple[Screen, AwaitMount]'",
    "Screen._forward_event": "(self, event: 'events.Event') -> 'None'",
    "Screen._compositor_refresh": "(self) -> 'None'",
    "Widget._size_updated": "(self, size: 'Size', virtual_size: 'Size', container_size: 'Size', "
    "layout: 'bool' = True) -> 'bool'",
    "Widget._set_dirty": "(self, *regions: 'Region') -> 'None'",
    "LinuxDriver.run_input_thread": "(self) -> 'None'",
}
"""The methods that are overridden or called there, as Textual 8.2 declares them."""


@pytest.mark.parametrize("name", SIGNATURES)
def test_textual_s_signatures_that_we_rely_on_are_unchanged(name: str) -> None:
    owner, _, method = name.partition(".")
    kind = {"App": App, "Screen": Screen, "Widget": Widget, "LinuxDriver": linux_driver.LinuxDriver}[owner]
    assert str(inspect.signature(getattr(kind, method))) == SIGNATURES[name]


async def test_textual_still_has_the_attributes_that_we_use() -> None:
    page = Page(Plain)
    async with page.run_test() as pilot:
        app, screen = pilot.app, pilot.app.screen
        for owner, names in {
            app: ("_driver", "_exception", "_loop", "_running", "_closed", "_batch_count", "_closing"),
            app._message_queue.ready_event: ("_waiters",),
            screen: ("_compositor", "_dirty_widgets"),
            screen._compositor: ("_dirty_regions", "size"),
            app.console: ("_color_system",),
            Style(bold=True): ("_ansi",),
        }.items():
            missing = [name for name in names if not hasattr(owner, name)]
            assert not missing, (owner, missing)
        assert app._background_screens == []
        assert app._sync_available in (True, False)


def private_names(path: Path) -> set[str]:
    """Return the foreign private names that a file uses: imported, or of an object other than `self`."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    own = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    own |= {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
    }
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(("textual", "rich")):
            parts = [*node.module.split("."), *(alias.name for alias in node.names)]
            found |= {part for part in parts if part.startswith("_")}
        elif isinstance(node, ast.Attribute) and re.match("_[^_]", node.attr):
            known = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
            found |= set() if known else {node.attr}
    return found - own - {"_exit"}


def test_no_other_file_uses_a_private_name_of_textual_or_rich() -> None:
    assert {"_compositor", "_background_screens", "_ansi"} < private_names(PATCHED)
    elsewhere = {
        str(path.relative_to(EXPLORER)): names
        for folder in ("ui", "commands")
        for path in (EXPLORER / folder).rglob("*.py")
        if path != PATCHED and (names := private_names(path))
    }
    assert elsewhere == {}


def test_no_other_file_overrides_a_private_method_of_textual() -> None:
    private = {
        name
        for kind in (App, Screen, Widget, linux_driver.LinuxDriver)
        for name in dir(kind)
        if name.startswith("_") and not name.startswith("__")
    }
    overridden = {
        (str(path.relative_to(EXPLORER)), node.name)
        for path in (EXPLORER / "ui").rglob("*.py")
        if path != PATCHED
        for owner in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(owner, ast.ClassDef) and owner.bases
        for node in owner.body
        if isinstance(node, ast.FunctionDef) and node.name in private
    }
    assert overridden == set()
