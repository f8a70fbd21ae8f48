"""Textual's bugs that we work around, each with a test that fails once it is fixed; and the names we use.

When a test of the first kind fails after an update, the workaround that it names in
`explorer/ui/base/textual_patches.py` can go, and the test with it.
"""

from __future__ import annotations

import ast
import inspect
import re
from math import inf
from pathlib import Path
from unittest.mock import patch

import pytest
from kit.screen import ROOMY, exploring, finished_run, until
from rich.color import ColorSystem
from rich.style import Style
from textual._xterm_parser import XTermParser
from textual.app import App, ComposeResult
from textual.command import CommandList, CommandPalette
from textual.drivers import linux_driver
from textual.events import Key, MouseDown, MouseMove, MouseUp, Resize
from textual.geometry import Region
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import Input, Label, OptionList

import explorer.ui.base.textual_patches as patches
from explorer.ui.app import Explorer
from explorer.ui.base.textual_patches import PatchedModal, PatchedParser, PatchedScreen
from explorer.ui.screens.choose_dialog import ChooseDialog
from explorer.ui.screens.commands import Palette
from explorer.ui.screens.dialog import Dialog
from explorer.ui.screens.help import Help
from explorer.ui.terminal.driver import Terminal

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
    assert Terminal.run_input_thread is not linux_driver.LinuxDriver.run_input_thread


def pressed(parser: XTermParser, text: str) -> list[str]:
    """Return the keys that a parser makes of what a terminal sends, once it has waited for more."""
    read = [*parser.feed(text)]
    with patch("textual._parser.get_time", lambda: inf):
        read += parser.tick()
    return [event.key for event in read if isinstance(event, Key)]


UNKNOWN = ["\x1bP>|tmux", "\x1b[?1;2c", "\x1b[?64;1;2;4;6;9;15;16;17;18;21;22;28c", "\x1b]10;rgb:f/f/f\x1b\\"]
"""What terminals reply, and Textual doesn't know."""


@pytest.mark.parametrize("sequence", UNKNOWN)
def test_a_sequence_that_textual_doesn_t_know_is_keys_to_textual_and_nothing_to_us(sequence: str) -> None:
    assert pressed(XTermParser(), sequence)
    ours = PatchedParser()
    assert ours.messages(sequence) == []
    assert [event.key for event in ours.messages("x")] == ["x"]
    assert [event.key for event in ours.messages("\x1b[A")] == ["up"]


def test_an_escape_in_a_paste_ends_it_in_textual() -> None:
    pasted = "\x1b[200~" + "\x1bs" * 2 + "p" * 40 + "\x1b[201~"
    assert "p" in pressed(XTermParser(), pasted)


@pytest.mark.parametrize("sequence", ["\x1b[1114112u", "\x1b[" + "9" * 25 + "u"])
def test_a_number_that_no_character_has_ends_textual_s_parser_and_not_ours(sequence: str) -> None:
    with pytest.raises((ValueError, OverflowError)):
        [*XTermParser().feed(sequence)]
    ours = PatchedParser()
    assert ours.messages(sequence) == []
    assert [event.key for event in ours.messages("x")] == ["x"]


PRESS = "\x1b[<0;81;24M"
"""A press in column 81 and row 24, or at these pixels."""


def place(parser: PatchedParser) -> tuple[int, int]:
    """Return where a press is, in cells from 0."""
    [press] = parser.messages(PRESS)
    assert isinstance(press, MouseDown)
    return press.x, press.y


def test_a_size_of_no_pixels_ends_textual_s_parser_and_not_ours() -> None:
    theirs = XTermParser()
    [resize] = theirs.feed("\x1b[48;45;160;0;0t")
    with pytest.raises(ZeroDivisionError):
        [*theirs.feed(PRESS)]
    ours = PatchedParser()
    [resize] = ours.messages("\x1b[48;45;160;0;0t")
    assert isinstance(resize, Resize) and resize.size == (160, 45)
    assert place(ours) == (80, 23)


def test_cells_are_pixels_to_textual_from_the_first_size_on_and_to_us_only_if_the_terminal_says_so() -> None:
    theirs = XTermParser()
    [*theirs.feed("\x1b[48;45;160;900;1600t")]
    [press] = theirs.feed(PRESS)
    assert (press.x, press.y) != (80, 23)
    ours = PatchedParser()
    ours.messages("\x1b[48;45;160;900;1600t")
    assert not ours.knows_pixels and place(ours) == (80, 23)
    ours.messages("\x1b[?1016;0$y")
    assert not ours.knows_pixels
    ours.messages("\x1b[?1016;2$y")
    assert ours.knows_pixels
    ours.in_pixels = True
    assert place(ours) == (8, 1)
    ours.messages("\x1b[48;45;160;-1;0t")
    ours.messages("\x1b[48;45;160;0;1600t")
    assert not ours.knows_pixels


@pytest.mark.parametrize("size", ["0;160", "45;0", "9999;160", "45;999999999"])
def test_a_size_that_no_terminal_has_is_one_to_textual_and_none_to_us(size: str) -> None:
    report = f"\x1b[48;{size};0;0t"
    assert [*XTermParser().feed(report)]
    assert PatchedParser().messages(report) == []


def test_textual_asks_for_pixels_without_asking_whether_there_are_any_and_never_gives_them_back() -> None:
    assert "1016h" in inspect.getsource(linux_driver.LinuxDriver._enable_mouse_pixels)
    assert "1016" not in inspect.getsource(linux_driver.LinuxDriver._disable_mouse_support)


def test_textual_prints_a_traceback_when_its_input_fails() -> None:
    assert "rich.traceback" in inspect.getsource(linux_driver.LinuxDriver._run_input_thread)


class Selecting(App[None]):
    """An app whose text can be selected."""

    def compose(self) -> ComposeResult:
        yield Label("text")
        yield Label("more")


class Unselecting(Selecting):
    """The same without."""

    ALLOW_SELECT = Explorer.ALLOW_SELECT


async def press_over_what_has_gone(app: App[None]) -> None:
    """Press over a widget that has been removed, and is still on the screen."""
    async with app.run_test(size=(80, 24)) as pilot:
        with app.batch_update():
            await app.query(Label).first().remove()
            app.screen._forward_event(MouseDown(None, 1, 0, 0, 0, 1, False, False, False, 1, 0))
        await pilot.pause()


async def test_a_press_over_a_widget_that_has_gone_ends_an_app_with_selection_and_not_ours() -> None:
    with pytest.raises(AttributeError):
        await press_over_what_has_gone(Selecting())
    await press_over_what_has_gone(Unselecting())


def test_every_modal_screen_of_the_program_draws_the_screen_below_it_in_the_same_way() -> None:
    assert PatchedModal.render_lines is Palette.render_lines is Dialog.render_lines is Help.render_lines


@pytest.mark.parametrize("above", ["help", "palette", "question"])
async def test_a_dialog_over_the_palette_is_drawn_over_it_in_every_size(tmp_path: Path, above: str) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await visit.sees("✓ finished")
        await visit.press("ctrl+p")
        await visit.sees("part of a command")
        question = ChooseDialog("a question", [("yes", [("an answer", "plain")])])
        dialogs = {"help": "help", "palette": Palette(), "question": question}
        visit.app.push_screen(dialogs[above])  # no key can do that
        for size in ((120, 40), (60, 20), ROOMY):
            await visit.pilot.resize_terminal(*size)
            await visit.sees(
                {"help": "─ help ─", "palette": "part of a", "question": "─ a question ─"}[above]
            )
        assert len(visit.app.screen_stack) == 3
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
    "LinuxDriver._run_input_thread": "(self) -> 'None'",
    "LinuxDriver._enable_mouse_pixels": "(self) -> 'None'",
    "LinuxDriver._disable_mouse_support": "(self) -> 'None'",
    "CommandPalette._action_command_list": "(self, action: 'str') -> 'None'",
    "XTermParser.feed": "(self, data: 'str') -> 'Iterable[Message]'",
    "XTermParser.parse": "(self, token_callback: 'TokenCallback') -> 'Generator[Read1 | Peek1, str, None]'",
    "XTermParser.parse_mouse_code": "(self, code: 'str') -> 'Message | None'",
}
"""The methods that are overridden or called there, as Textual 8.2 declares them."""


@pytest.mark.parametrize("name", SIGNATURES)
def test_textual_s_signatures_that_we_rely_on_are_unchanged(name: str) -> None:
    owner, _, method = name.partition(".")
    kinds = (App, Screen, Widget, CommandPalette, linux_driver.LinuxDriver, XTermParser)
    kind = next(kind for kind in kinds if kind.__name__ == owner)
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
            XTermParser(): ("_awaiting", "_gen", "_tokens", "terminal_size", "terminal_pixel_size"),
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
    return found - own - {"_exit", "_replace"}  # the latter is a named tuple's, and public


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
        for kind in (App, Screen, Widget, linux_driver.LinuxDriver, XTermParser)
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


async def test_a_page_of_a_list_that_is_not_laid_out_still_ends_textual_s_own_palette() -> None:
    class Hidden(App[None]):
        """A list without a place."""

        def compose(self) -> ComposeResult:
            """The list."""
            options = OptionList("one", "two")
            options.styles.display = "none"
            yield options

    async with Hidden().run_test() as pilot:
        options = pilot.app.query_one(OptionList)
        options.highlighted = 0
        with pytest.raises(KeyError):
            options.action_page_up()


async def test_a_page_key_before_the_palette_has_lines_moves_nothing(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await visit.sees("is 0, read as 0")
        await visit.press("ctrl+p")
        await visit.until(lambda: isinstance(visit.app.screen, Palette))
        with patch.object(CommandList, "action_page_up", side_effect=KeyError(0)):
            await visit.press("pageup")
        await visit.press("escape")
        await visit.back()
