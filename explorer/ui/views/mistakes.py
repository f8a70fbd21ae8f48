"""The samples of one square of the confusion matrix, the most wrong first, and what the gates did in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, Final

from rich.style import Style
from textual.binding import Binding, BindingType
from textual.events import Click, MouseScrollDown, MouseScrollUp
from textual.message import Message
from textual.strip import Strip

from explorer.protocol.questions import Answer, Question
from explorer.runs.snapshot import Snapshot
from explorer.system.text import printable
from explorer.ui.base.keys import Hint
from explorer.ui.views import mean_maps
from explorer.ui.views import mistakes_words as words
from explorer.ui.views.choice import Chosen, within
from explorer.ui.views.mistakes_data import Square
from explorer.ui.views.thumbnails import HIGH, WIDE, Thumbnails, Tiles
from explorer.ui.views.view import About, View
from explorer.ui.widgets.line import Line

MOST: Final = 14
"""Lines of a map below the pictures at most: MNIST's timesteps."""
LEAST: Final = 2 * (HIGH + 1)
"""Lines that the pictures need above it: two rows."""
_REVERSED, _UNDERLINED = Style(reverse=True, bold=True), Style(underline=True)


class Mistakes(View):
    """Thumbnails with their numbers; below them, or instead of them, the mean of one activation."""

    about = About(
        title="mistakes",
        tip="the samples of a square, and their mean gates",
        help=(
            "The test samples of the square chosen in the confusion matrix, with what each is read as and "
            "that class's share: first those where the wrong class leads the right one by most, on the "
            "diagonal those where another comes nearest. enter reads one in the gates. The maps are the "
            "means of an activation over these samples, over those of the same class that are read right, "
            "and the difference: orange where the first is larger, blue where it is smaller."
        ),
        keys=(
            Hint("↑ ↓ ← →", "mistakes: the sample", "Sample", 4),
            Hint("enter", "mistakes: read this sample in the gates", "Read", 5),
            Hint("v", "mistakes: the mean gates, the next activation", "Gates", 6, reaches=True),
            Hint("esc", "mistakes: back to the confusion matrix", "Back", 8),
            Hint("PgUp PgDn", "mistakes: the samples before and after"),
        ),
        smallest=(WIDE + 2, HIGH + 2),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1, 0)", "Up", show=False),
        Binding("down,j", "move(1, 0)", "Down", show=False),
        Binding("left,h", "move(0, -1)", "Left", show=False),
        Binding("right,l", "move(0, 1)", "Right", show=False),
        Binding("pageup", "page(-1)", "Previous samples", show=False),
        Binding("pagedown", "page(1)", "Next samples", show=False),
        Binding("home", "edge(0)", "First sample", show=False),
        Binding("end", "edge(-1)", "Last sample", show=False),
        Binding("enter", "read", "Read this sample", show=False),
        Binding("escape", "back", "Back to the matrix", show=False),
        Binding("v", "turn", "Mean gates", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "mistakes--dim",
        "mistakes--strong",
        "mistakes--right",
        "mistakes--wrong",
    }

    class Read(Message):
        """A sample is to be read in the gates."""

        def __init__(self, index: int) -> None:
            """Carry its number."""
            super().__init__()
            self.index = index

    class Back(Message):
        """The confusion matrix is to be shown."""

    square: Square | None = None
    _class_names: tuple[str, ...] = ()
    """Those of the classes."""
    _at = 0
    """The rank of the sample under the cursor."""
    _map = -1
    """Which activation is shown; below 0: none, where it would take the place of the pictures."""
    _thumbnails: Thumbnails | None = None
    _drawn: tuple[object, list[Line]] | None = None
    _drawing: Iterator[list[Line]] = iter(())
    """Draws the maps one after the other, a frame for each."""

    def needs(self) -> tuple[Question, ...]:
        """The samples of the square that was opened, whichever sample is chosen."""
        if not self._class_names:
            return ()
        label, read_as = within(self.chosen.opened, len(self._class_names))
        return (Question("mistakes", {"label": label, "read_as": read_as}),)

    def note(self, snapshot: Snapshot) -> None:
        """Note the names of the classes."""
        self._class_names = tuple(map(printable, snapshot.shape.classes))

    def take(self, answers: Mapping[str, Answer], learning: bool, sparing: bool) -> None:
        """Show a square."""
        square = Square(answers["mistakes"])
        if not square.same(self.square):
            self._at = 0
        self.square, self.notice = square, ""
        self._at = min(self._at, square.pictured - 1)
        self._map = min(self._map, len(square.means) - 1)
        self.note_below(f"step {square.step:,}")
        self.repaint()

    def clear(self, notice: str) -> None:
        """Show nothing but the reason: another run is opened, or another square is being read."""
        self.square, self._thumbnails, self._drawn = None, None, None
        self.note_below("")
        super().clear(notice)

    def follow(self, before: Chosen, now: Chosen) -> None:
        """Show nothing of another square than the one that is open."""
        if before.opened != now.opened and self.square is not None:
            self.clear("")

    def watch_has_focus(self, has_focus: bool) -> None:
        """Paint the cursor as one that the keys move, or don't."""
        super().watch_has_focus(has_focus)
        self.repaint()

    def _choose(self, rank: int) -> None:
        """Move the cursor; where the maps hide the pictures, show these first."""
        if self.square is not None and not self._show_pictures():
            self._at = max(0, min(self.square.pictured - 1, rank))
            self.repaint()

    def _show_pictures(self) -> bool:
        """Show the pictures where the maps are instead of them; returns whether they were."""
        hidden = not self._pictures_shown(self.size.height)
        if hidden:
            self._map = -1
            self.repaint()
        return hidden

    def action_move(self, down: int, right: int) -> None:
        """Move the cursor among the pictures; down from the last full row, to the last picture."""
        self._choose(self._at + right + down * self._tiles(*self.size).columns)

    def action_page(self, by: int) -> None:
        """Show the next samples, or those before."""
        self._choose(self._at + by * self._tiles(*self.size).page)

    def action_edge(self, rank: int) -> None:
        """Move the cursor to the first picture, or to the last (-1)."""
        self._choose(rank if rank >= 0 or self.square is None else self.square.pictured - 1)

    def action_read(self) -> None:
        """Ask for the sample under the cursor to be read."""
        if self.square is not None and not self._show_pictures():
            self.post_message(self.Read(self.square.samples[self._at]))

    def action_back(self) -> None:
        """From maps that hide the pictures back to these, else to the matrix."""
        if not self._show_pictures():
            self.post_message(self.Back())

    def action_turn(self) -> None:
        """Show the next activation; where the pictures had to go for it, after the last one the pictures."""
        if self.square is not None:
            shown, last = self._shown(self.size.height), len(self.square.means) - 1
            self._map = shown + 1 if shown < last else 0 if self._below(self.size.height) else -1
            self.repaint()

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """Show the next samples."""
        event.stop()
        self.action_page(1)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """Show the samples before."""
        event.stop()
        self.action_page(-1)

    def on_click(self, event: Click) -> None:
        """Put the cursor where the mouse points; a second click there reads the sample."""
        offset = event.get_content_offset(self)
        if self.square is None or offset is None or not self._pictures_shown(self.size.height):
            return
        rank = self._tiles(*self.size).at(offset.x, offset.y - 1)
        if rank is not None and rank < self.square.pictured:
            if rank == self._at:
                self.action_read()
            self._choose(rank)

    def _below(self, height: int) -> int:
        """Lines of the maps below the pictures; 0 where there is no room for both."""
        if self.square is None or not self.square.means:
            return 0
        lines = mean_maps.lines_for(min(2 * MOST, self.square.means[0].of_set.shape[0]))
        return lines if 1 + LEAST + 1 + lines <= height else 0

    def _pictures_shown(self, height: int) -> bool:
        """Whether the pictures are shown, and not the maps instead of them."""
        return self._map < 0 or bool(self._below(height))

    def _shown(self, height: int) -> int:
        """Which activation is shown; below 0, none."""
        return max(0, self._map) if self._below(height) else self._map

    def _tiles(self, width: int, height: int) -> Tiles:
        """Where the pictures are, below the first line."""
        below = self._below(height)
        return Tiles.fit(width, height - 1 - (below + 1 if below else 0), self._at)

    def picture(self, width: int, height: int) -> list[Strip]:
        """Which samples these are; the pictures, and one activation's maps, or one of the two."""
        if self.square is None:
            return self.said(width, self.tone("mistakes--dim"))
        below, shown = self._below(height), self._shown(height)
        lines = [self._heading(self.square, self._tiles(width, height), width)]
        if self._pictures_shown(height):
            lines += self._pictures(self.square, self._tiles(width, height))
        if shown >= 0:
            lines += [Line() for _ in range(height - below - len(lines))] if below else []
            lines += self._maps(self.square, shown, width, below or height - 1)
        return [line.strip(width) for line in lines[:height]]

    def _heading(self, square: Square, tiles: Tiles, width: int) -> Line:
        """Which square, how many samples, which of them are shown, and with which weights."""
        last = min(tiles.first + tiles.page, square.pictured)
        pages = last - tiles.first < square.count and self._pictures_shown(self.size.height)
        page = f"{tiles.first + 1}–{last} shown" if pages else ""
        which, said = words.heading(square, self._class_names, page, self.notice, width - 1)
        line = Line().add(" ").add(which, self.tone("mistakes--strong"))
        return line.add(said, self.tone("mistakes--dim"))

    def _pictures(self, square: Square, tiles: Tiles) -> list[Line]:
        """One page of pictures, each with its number and what it was read as below it."""
        shown = square, self.dark, self.tint
        if self._thumbnails is None or self._thumbnails.shown != shown:
            self._thumbnails = Thumbnails(*shown)
        lines = [Line() for _ in range(tiles.rows * tiles.pitch)]
        for rank in range(tiles.first, min(tiles.first + tiles.page, square.pictured)):
            row, column = divmod(rank - tiles.first, tiles.columns)
            left = 1 + column * (WIDE + 2)
            for number, part in enumerate(self._thumbnails.lines(rank), start=row * tiles.pitch):
                lines[number].to(left).extend(part)
            self._caption(square, rank, lines[row * tiles.pitch + HIGH].to(left))
        return lines

    def _caption(self, square: Square, rank: int, line: Line) -> None:
        """A sample's number, and what it was read as."""
        number, name, share = words.caption(square, rank, self._class_names, WIDE)
        judged = "right" if square.predicted[rank] == square.label else "wrong"
        dim = self.tone("mistakes--dim")
        if rank == self._at:
            marked = dim + (_REVERSED if self.has_focus else _UNDERLINED)
            line.add(f"{number}{name}{share}", marked)
        else:
            line.add(number, dim).add(name, self.tone(f"mistakes--{judged}")).add(share, dim)

    def _maps(self, square: Square, index: int, width: int, height: int) -> list[Line]:
        """The means of one activation over both sets, and the difference."""
        means = square.means[index]
        tones = self.tone("mistakes--strong"), self.tone("mistakes--dim")
        height = min(height, mean_maps.lines_for(means.of_set.shape[0]))
        look = mean_maps.Look(self.dark, self.tint, *tones)
        shown = square, index, width, height, look
        if self._drawn is None or self._drawn[0] != shown:  # not again while the cursor moves: 4 ms
            titles = words.titles(square, means, self._class_names)
            self._drawn = shown, []
            self._drawing = mean_maps.draw_in_turn(means, titles, width, height, look)
        if (lines := next(self._drawing, None)) is not None:
            self._drawn = shown, lines
            self.call_later(self.repaint)  # with the next one: a key may come between two
        return self._drawn[1]
