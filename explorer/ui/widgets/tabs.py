"""Tabs: the pages, and where a page has no room for borders, which views stand on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, Final, Literal, NamedTuple

from textual.events import Click
from textual.strip import Strip

from explorer.ui.widgets.line import Line
from explorer.ui.widgets.painted import Painted

Form = Literal["pages", "line", "numbers"]
"""The pages alone; a line with the pages at its left end and the views at its right; or numbers alone."""
NEXT: Final = "next_view(1)"
"""What a click on the count of the views does."""


class Tab(NamedTuple):
    """Something that a click chooses."""

    title: str
    action: str
    """The screen's action."""
    chosen: bool
    """Whether it is what is shown."""


class _Piece(NamedTuple):
    """A piece of the line."""

    text: str
    style: str
    """One of the component classes."""
    action: str = ""
    """What a click does; empty: nothing."""


_Ends = tuple[list[_Piece], list[_Piece]]


class Tabs(Painted):
    """The pages by number and title, and views by title; a click on one does what its key does."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"tabs--on", "tabs--off", "tabs--strong", "tabs--dim"}

    form: Form = "pages"
    _pages: Sequence[Tab] = ()
    _views: Sequence[Tab] = ()

    def show(self, form: Form, pages: Sequence[Tab], views: Sequence[Tab]) -> None:
        """Show the pages; and the views of the page, if there are several, for the form that names them."""
        views = views if len(views) > 1 else ()
        if (self.form, self._pages, self._views) != (form, pages, views):
            self.form, self._pages, self._views = form, pages, views
            self.repaint()

    def needed(self, room: int) -> int:
        """Columns that they take of so many, without what separates pages and views."""
        return sum(map(_width, self._fitting(room)))

    def paint(self, width: int, height: int) -> list[Strip]:
        """The pages at the left end, the views at the right."""
        line = Line()
        for piece in self._line(width):
            line.add(piece.text, self.get_component_rich_style(piece.style))
        return [line.strip(width)]

    async def on_click(self, event: Click) -> None:
        """Do what the key of the tab under the mouse does."""
        right = 0
        for piece in self._line(self.size.width):
            right += len(piece.text)
            if event.x < right:
                if piece.action:
                    await self.app.run_action(f"screen.{piece.action}")
                return

    def _line(self, width: int) -> list[_Piece]:
        """All pieces of the line."""
        left, right = self._fitting(width)
        return [*left, _Piece(" " * (width - _width(left) - _width(right)), "tabs--dim"), *right]

    def _fitting(self, width: int) -> _Ends:
        """The pieces at the left and at the right end: as much as fits into so many columns."""
        ways = [*self._ways()]
        return next((way for way in ways if sum(map(_width, way)) <= width), ways[-1])

    def _ways(self) -> Iterator[_Ends]:
        """The ways to say it, from the fullest to the shortest."""
        if self.form == "numbers":
            yield [_Piece("  ", "tabs--dim"), *self._numbers(())], self._count("")
            return
        chosen = [page for page in self._pages if page.chosen]
        if self.form == "line":
            yield self._numbers(self._pages), self._titles()
            yield self._numbers(chosen), self._titles()
            title = next((f"tab: {view.title} " for view in self._views if view.chosen), "")
            yield self._numbers(self._pages), self._count(title)
            yield self._numbers(chosen), self._count(title)
        else:
            yield self._numbers(self._pages), []
            yield self._numbers(self._pages, close=True), []
        yield self._numbers(chosen), self._count("") if self.form == "line" else []

    def _numbers(self, titled: Sequence[Tab], close: bool = False) -> list[_Piece]:
        """The pages by their numbers, some of them with their titles; `close`: one blank apart, not two."""
        pieces = []
        for number, page in enumerate(self._pages, start=1):
            text = f" {number} {page.title} " if page in titled else f" {number} "
            if close and number > 1 and not page.chosen:
                text = text[1:]
            pieces.append(_Piece(text, "tabs--on" if page.chosen else "tabs--off", page.action))
        return pieces

    def _titles(self) -> list[_Piece]:
        """The views, and the key that goes through them."""
        if not self._views:
            return []
        tones = {True: "tabs--strong", False: "tabs--dim"}
        titles = (_Piece(f" {view.title} ", tones[view.chosen], view.action) for view in self._views)
        return [_Piece("tab:", "tabs--dim", NEXT), *titles]

    def _count(self, before: str) -> list[_Piece]:
        """Which of the views is shown, and how many there are."""
        at = next((at for at, view in enumerate(self._views, start=1) if view.chosen), 0)
        return [_Piece(f" {before}{at}/{len(self._views)} ", "tabs--dim", NEXT)] if self._views else []


def _width(pieces: Sequence[_Piece]) -> int:
    """Columns of some pieces."""
    return sum(len(piece.text) for piece in pieces)
