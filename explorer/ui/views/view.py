"""What every view on the screen is: what it asks, and how it is shown what is new."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar, Final, NamedTuple

from rich.style import Style
from textual.content import Content
from textual.message import Message
from textual.strip import Strip

from explorer.protocol.questions import Answer, Question, Selection
from explorer.runs.snapshot import Snapshot
from explorer.system.text import printable
from explorer.ui.base.keys import Hint
from explorer.ui.views.choice import Choice, Chosen
from explorer.ui.views.evaluations import Evaluations
from explorer.ui.widgets.line import Line, cut, wrapped
from explorer.ui.widgets.painted import Painted

WAITING: Final = "waiting for the engine"
"""What views show that have no answer yet."""


class About(NamedTuple):
    """A view as the tabs, the footer, the palette and the help know it."""

    title: str
    """Its name, one word."""
    tip: str
    """What it shows, in a few words."""
    help: str
    """How to read it, in two or three sentences."""
    keys: tuple[Hint, ...] = ()
    """The keys that it handles itself."""
    equation: str = ""
    """The equation behind it; empty: none."""
    shows_sample: bool = False
    """Whether it shows a sample, so that the keys that choose one belong to it."""
    shows_class: bool = False
    """Whether it shows what concerns one class, so that the keys that choose one belong to it."""
    first: tuple[str, ...] = ()
    """Keys of the screen that matter here more than elsewhere, as a person reads them: they stay in the
    footer about as long as the view's own."""
    export: str = ""
    """The export that takes away what it shows; empty: that of its own name, if there is one."""
    smallest: tuple[int, int] = (20, 4)
    """The fewest columns and lines in which it shows something."""


class View(Painted, can_focus=True):
    """One panel on the screen.

    Data flows one way: it is shown snapshots and answers, and reads what is chosen. What a key or the mouse
    chooses in it goes to the choice, and comes back from there.
    """

    about: ClassVar[About]
    optional: ClassVar[frozenset[str]] = frozenset()
    """The probes among its needs without whose answers it is shown all the same."""
    compares: ClassVar[bool] = False
    """Whether it compares what is chosen with `Chosen.against`, where there is that."""
    throttled: ClassVar[bool] = False
    """Whether what it catches up on comes at the terminal's pace already, so that it need not wait."""
    page_name: str = ""
    """The page that is shown."""
    notice: str = WAITING
    """Why there is nothing to show, or nothing newer; empty while there is nothing to say."""

    class KeysChanged(Message):
        """Others of its keys do something now."""

    def __init__(self, choice: Choice, *, id: str) -> None:
        """Start with nothing to show; `choice` holds what all views share."""
        super().__init__(id=id, classes="view")
        self._choice = choice

    @property
    def chosen(self) -> Chosen:
        """What is chosen now."""
        return self._choice.now

    def needs(self) -> tuple[Question, ...]:
        """The questions that it wants answered about what is chosen; none: it shows snapshots alone."""
        return ()

    def offers(self, key: str) -> bool:
        """Whether a key of its own, as a person reads it, does something now; most always do."""
        return True

    def follow(self, before: Chosen, now: Chosen) -> None:
        """Paint what is chosen now, if that shows."""

    def note(self, snapshot: Snapshot) -> None:
        """Note the run's newest snapshot; what takes bytes is painted in `catch_up`."""

    def catch_up(self) -> None:
        """Paint what was noted, as there is time for it."""

    def take(self, answers: Mapping[str, Answer], learning: bool, sparing: bool) -> None:
        """Show answers to what it needs, by their probes' names.

        Args:
            answers: all of them, but perhaps for the optional ones.
            learning: whether the weights are changing, so that small moves may be held back.
            sparing: whether bytes are few.

        Raises:
            ValueError: one isn't what its question promises: from an engine of another version, perhaps.
        """

    def take_against(self, answers: Mapping[str, Answer]) -> None:
        """Note the answers about `Chosen.against`, just before `take`; empty: nothing is compared.

        They are by the same weights, unless one of the two is about a kept moment.
        """

    def compare(self, known: Evaluations) -> None:
        """Show what is known of the whole test set as chosen, if it shows that."""

    def tabulate(self, look_up: Callable[[Selection], Evaluations]) -> None:
        """Show what is known of the whole test set under any selections, if it shows that.

        Args:
            look_up: what is known under a selection, and how far it is being found out; 0.0: it waits.
        """

    def picture(self, width: int, height: int) -> list[Strip]:
        """All lines for this size, which is at least the smallest; at most `height`."""
        raise NotImplementedError

    def paint(self, width: int, height: int) -> list[Strip]:
        """The view, or how much room it needs."""
        columns, lines = self.about.smallest
        if width >= columns and height >= lines:
            return self.picture(width, height)
        return [Line().add(cut(f"needs {columns}×{lines}", width)).strip(width)]

    def note_below(self, text: str) -> None:
        """Say something in the lower border; Textual paints the whole widget again for an equal text, too."""
        markup = Content(text).markup  # a class may have brackets in its name
        if markup != (self.border_subtitle or ""):
            self.border_subtitle = markup

    def said(self, width: int, tone: Style, text: str = "") -> list[Strip]:
        """A text alone, or else the notice, whole, in as many lines as it takes."""
        return [Line().add(f" {line}", tone).strip(width) for line in wrapped(text or self.notice, width - 1)]

    def clear(self, notice: str) -> None:
        """Show nothing but the reason: another run is opened, or there is none."""
        self.notice = printable(notice)
        self.repaint()

    def miss(self, notice: str) -> None:
        """Say why there is no newer answer; the old one stays, with the step that it is of."""
        self.notice = printable(notice)
        self.repaint()

    def lack(self, notice: str) -> None:
        """Say why an optional answer isn't to be had; everything else is shown."""
