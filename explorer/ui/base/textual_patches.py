"""Every private name of Textual and Rich that the program uses, and every bug of theirs that it works around.

Written for Textual 8.2 (`pyproject.toml` admits no other). `tests/ui/base/test_textual_patches.py` has, for
each workaround, a test that fails as soon as Textual no longer has the bug, and one test of the signatures
that are overridden here. Nothing else in `explorer` may use a name of theirs that starts with an underscore.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import lru_cache, partial
from typing import Any, Final, TypeVar

from rich.color import ColorSystem
from rich.console import RenderableType
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual._xterm_parser import _MAX_SEQUENCE_SEARCH_THRESHOLD, XTermParser
from textual.app import App, ReturnType
from textual.command import CommandPalette
from textual.driver import Driver
from textual.drivers import linux_driver
from textual.events import Event, InputEvent, MouseEvent, Paste, Resize
from textual.filter import ANSIToTruecolor, LineFilter
from textual.geometry import Region, Size
from textual.message import Message
from textual.message_pump import MessagePump
from textual.reactive import var
from textual.screen import ModalScreen, Screen, ScreenResultType
from textual.strip import Strip
from textual.widget import Widget

from explorer.ui.base.input_queue import InputQueue

__all__ = ["ChopsUpdate", "CompositorUpdate", "LayoutUpdate"]
"""Textual's updates of the screen, which `explorer.ui.terminal.frame` takes apart; all else is made here."""

LARGEST: Final = Size(2_000, 1_000)
"""Columns and rows of the largest terminal: an 8K screen in characters of 4×5 pixels."""

Result = TypeVar("Result")


class PatchedApp(App[ReturnType]):
    """An app that hands its updates to its terminal, takes one key at a time, and fails without filling the
    screen.
    """

    def __init__(self, **options: Any) -> None:
        """Take Textual's own options."""
        super().__init__(**options)
        self.input_queue = InputQueue(self, super().on_event, self._unsettled, self._handle_exception)
        """What was typed, pasted or done with the mouse, and is still to be handled."""

    async def on_event(self, event: Event) -> None:
        """Queue what was typed, pasted or done with the mouse.

        Textual would send each key to the widget that has the focus *now*, before the action of the key
        before it has moved the focus or opened a dialog: of the keys `tab 6 4` in one read, as a slow
        connection delivers them, the digits went to the field that tab should have left.
        """
        if isinstance(event, InputEvent | Paste) and not event.is_forwarded:
            self.input_queue.put(event)
        else:
            await super().on_event(event)

    def _unsettled(self) -> bool:
        """Whether any message is waiting or being handled, in the app or on any of its screens.

        Whoever has nothing to do waits for its queue to become ready.
        """
        return _working(self) or any(
            _working(node) for screen in self.screen_stack for node in screen.walk_children(with_self=True)
        )

    def show_update(self, update: CompositorUpdate) -> bool:
        """Have the terminal show an update; false where it can't: then Textual writes it out as text."""
        raise NotImplementedError

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        """Pass an update on as it is. Textual has no public hook between its compositor and the driver.

        Written out as text with escape sequences, it would have to be parsed again to be compared with what
        the terminal shows: a quarter of what a frame of heatmaps costs.
        """
        if isinstance(renderable, CompositorUpdate):
            silent = not self._running or self._closed or self._batch_count
            if silent or self.show_update(renderable):
                return
        super()._display(screen, renderable)

    def _fatal_error(self) -> None:
        """Leave after an unexpected failure; the caller of `run` reports it in one line.

        Textual would fill the terminal with a traceback.
        """
        self._close_messages_no_wait()

    @property
    def failure(self) -> BaseException | None:
        """The unexpected failure that ended the app; `run` returns without it."""
        return self._exception

    @property
    def driver(self) -> Driver | None:
        """What writes to the terminal; None before the app runs. Textual keeps it private."""
        return self._driver

    @property
    def colours(self) -> ColorSystem | None:
        """Which colours the terminal can show, or None; Rich makes only the name public."""
        return self.console._color_system

    @property
    def synchronised(self) -> bool:
        """Whether the terminal said that it can show an update all at once (mode 2026)."""
        return self._sync_available

    def keep_screen(self, name: str) -> None:
        """Make a screen of `SCREENS` before it is shown for the first time."""
        self._get_screen(name)

    def call_from_signal(self, callback: Callable[..., object], *arguments: object) -> bool:
        """Call back when the event loop is free, from a signal's handler; false where no loop runs.

        `call_from_thread` refuses the thread of the app itself, and waits.
        """
        if not (self.is_running and self._loop is not None):
            return False
        self._loop.call_soon_threadsafe(partial(callback, *arguments))
        return True


def _working(pump: MessagePump) -> bool:
    """Whether an app, a screen or a widget has messages or is handling one; not once it is being removed."""
    ready: Any = pump._message_queue.ready_event
    return not (ready._waiters and not ready.is_set()) and not pump._closing


class PatchedScreen(Screen[ScreenResultType]):
    """A screen that is laid out once for each size of the terminal, and painted no more than necessary."""

    focused: var[Widget | None] = var(None)
    """The widget that has the focus. Textual's own is a reactive: each change of it repaints the whole
    screen."""

    def on_resize(self, event: Resize) -> None:
        """Ignore a size that the terminal no longer has, or that this screen and all below it already have.

        After each layout in a new size, Textual sends that size to the screen as well, which lays all of it
        out again. When the terminal has changed meanwhile, two sizes keep undoing each other: the program
        stays busy with layouts and paints nothing. A dialog over another screen makes that likely.
        """
        shown = (self, *self.app._background_screens)
        if event.size != self.app.size or all(one._compositor.size == event.size for one in shown):
            event.prevent_default()

    def _forward_event(self, event: Event) -> None:
        """Ignore the mouse outside the screen: it was there before the terminal reported that it had shrunk.

        Textual would take the focus from every widget.
        """
        outside = isinstance(event, MouseEvent) and not self.region.contains_point(event.screen_offset)
        if not outside or self.app.mouse_captured:
            super()._forward_event(event)

    def _compositor_refresh(self) -> None:
        """Below a dialog, have the dialog repaint what changed here.

        Textual repaints the whole of the dialog's screen at every event from then on: some 20 ms each time.
        """
        if self not in self.app._background_screens:
            super()._compositor_refresh()
            return
        changed = self._compositor._dirty_regions
        if changed:
            self.app.screen.refresh(*changed)
            changed.clear()
            self._dirty_widgets.clear()


class PatchedModal(ModalScreen[Result], PatchedScreen[Result]):
    """A dialog that shows what is below it. All modal screens of the program must be of this class.

    Textual's own `render` takes the screen to show from a stack that this class never fills: with one
    of each kind on top of the other, each would show the other endlessly.
    """

    def action_copy_text(self) -> None:
        """Say how to quit, as on the main screen: nothing is ever selected but in a field, which copies it.

        Textual keeps the keys of the app, ctrl+c among them, from a dialog.
        """
        self.app.action_help_quit()

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of the screen below, as they are there.

        Textual would send them through Rich and a tint: 10 ms, three times, before a dialog appears. When the
        terminal's size changes, the screen below gets the new one a little later; until then, nothing is
        shown beyond its end.
        """
        stack = self.app.screen_stack
        below = stack[stack.index(self) - 1]._compositor
        left, top, right, bottom = crop.corners
        strips = below.render_strips(Size(below.size.width, min(below.size.height, bottom)))[top:]
        strips += [Strip.blank(0)] * (bottom - top - len(strips))
        return [strip.crop(left, right).adjust_cell_length(right - left) for strip in strips]


class PatchedPalette(CommandPalette):
    """A palette whose list may be asked for another page before it has any lines."""

    def _action_command_list(self, action: str) -> None:
        """Move in the list; one that isn't laid out yet has nowhere to move.

        Textual looks up the line of the highlighted command, and ends the app with a KeyError: a key that
        came with the text that is searched for was enough.
        """
        with suppress(KeyError):
            super()._action_command_list(action)


class PatchedWidget(Widget):
    """A widget without scroll bars that prepares its lines during Textual's layout."""

    def prepare(self, resized: bool) -> bool:
        """Make the lines ready, the size being `self.size`; whether any changed."""
        raise NotImplementedError

    def _size_updated(
        self, size: Size, virtual_size: Size, container_size: Size, layout: bool = True
    ) -> bool:
        """Prepare for a new size now, so that the update that follows this layout shows it.

        The events that announce the size come later, and would cause a second update. And Textual's own
        `layout` would lay everything out once more, for scroll bars that don't exist: enlarging a view took
        twice as long.
        """
        resized = super()._size_updated(size, virtual_size, container_size, layout=False)
        if self.prepare(resized):
            # A widget that was hidden still has its old size, and Textual keeps the lines it last showed.
            self._set_dirty()
        return resized

    def get_line_filters(self) -> Sequence[LineFilter]:
        """All filters but the one that replaces the terminal's own 16 colours, none of which is used here."""
        return [one for one in super().get_line_filters() if not isinstance(one, ANSIToTruecolor)]


class PatchedParser(XTermParser):
    """A parser of whole sequences, which drops those that it doesn't know.

    Textual's own takes characters, and turns what it doesn't understand into keys.
    """

    in_pixels = False
    """Whether the terminal reports the mouse in pixels. Textual takes that for granted from the first report
    of a size on, asked for or not."""
    can_report_pixels = False
    """Whether the terminal said that it knows how to (mode 1016)."""

    def messages(self, sequence: str) -> list[Message]:
        """What a character, or a whole sequence, means; empty if nothing that Textual knows.

        Textual keeps no more than 32 characters, and fails on numbers that no character has.
        """
        if mode := re.fullmatch(r"\x1b\[\?1016;(\d)\$y", sequence):
            self.can_report_pixels = mode[1] in "123"
            return []
        if len(sequence) > _MAX_SEQUENCE_SEARCH_THRESHOLD:
            return []
        try:
            found = [*self.feed(sequence)]
            if self._awaiting.timeout is None:
                return [one for one in found if not isinstance(one, Resize) or _possible(one.size)]
        except (ValueError, OverflowError):
            pass
        self._tokens.clear()
        self._gen = self.parse(self._tokens.append)
        self._awaiting = next(self._gen)
        return []

    def parse_mouse_code(self, code: str) -> Message | None:
        """A report of the mouse, in the unit that the terminal uses."""
        self.mouse_pixels = self.in_pixels
        return super().parse_mouse_code(code)

    @property
    def knows_pixels(self) -> bool:
        """Whether the terminal can report the mouse in pixels, and said how many it has."""
        sizes = (*(self.terminal_size or (0,)), *(self.terminal_pixel_size or (0,)))
        return self.can_report_pixels and all(size > 0 for size in sizes)


def _possible(size: Size) -> bool:
    """Whether a terminal may have this size: Textual would take 13 GB for 9,999×9,999."""
    return 0 < size.width <= LARGEST.width and 0 < size.height <= LARGEST.height


class PatchedDriver(linux_driver.LinuxDriver):
    """A driver that believes a terminal only what it has said, and whose failure ends the app."""

    def _run_input_thread(self) -> None:
        """Read input until the end; a failure ends the app as any other does.

        Textual would print a traceback, and exit with code 0.
        """
        try:
            self.run_input_thread()
        except Exception as error:
            self._loop.call_soon_threadsafe(self._app._handle_exception, error)

    def leave(self, code: int) -> None:
        """Have the app exit; for the thread that reads."""
        self._loop.call_soon_threadsafe(self._app.exit, code)

    def _enable_mouse_pixels(self) -> None:
        """Ask whether the terminal can report the mouse in pixels.

        Textual would take it for granted where sizes are reported; then each click misses where it can't.
        """
        if self._mouse:
            self.write("\x1b[?1016$p")

    def settle_pixels(self, parser: PatchedParser) -> None:
        """Have the mouse reported in pixels where the terminal knows them, in cells elsewhere."""
        parser.in_pixels = parser.knows_pixels
        self._report_pixels(parser.in_pixels)

    def _report_pixels(self, wanted: bool) -> None:
        """Tell the terminal which of them to report, if it doesn't yet."""
        if wanted != self._mouse_pixels:
            self._mouse_pixels = wanted
            self.write("\x1b[?1016h" if wanted else "\x1b[?1016l\x1b[?1006h")

    def _disable_mouse_support(self) -> None:
        """Have nothing reported of the mouse; Textual would leave pixels to the next program."""
        self._report_pixels(False)
        super()._disable_mouse_support()


def sgr_parameters(style: Style, colours: ColorSystem | None) -> str:
    """The parameters of a style's SGR sequence, `1;38;2;r;g;b`; Rich makes them public only as part of
    rendered text.

    Where the terminal has no colours, only those of bold and the like are left.
    """
    if colours is None:
        return _attributes(style)
    known: Any = style._ansi
    return known or Strip.render_ansi(style, colours)


@lru_cache(1024)
def _attributes(style: Style) -> str:
    """The parameters of a style without its colours."""
    return Strip.render_ansi(style.without_color, ColorSystem.STANDARD)
