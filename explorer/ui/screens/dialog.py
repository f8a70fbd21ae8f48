"""What every dialog has: a box in the middle, escape to leave, and fields.

A dialog keeps its fields instead of looking them up: a key may arrive before they are on the screen, and a
message after they have left it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, TypeVar

from textual import on
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Button, Input, Label

from explorer.ui.base.textual_patches import PatchedModal

Result = TypeVar("Result")


class Dialog(PatchedModal[Result | None]):
    """A box over the explorer; it is dismissed with its answer, or with None if it was cancelled."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Cancel", show=False)]

    def dismiss(self, result: Result | None = None) -> AwaitComplete:
        """Answer, but only once: a second key may arrive before the first has closed the dialog.

        Textual would then close whatever is below it, too.
        """
        return super().dismiss(result) if self.is_active else AwaitComplete()

    @on(Button.Pressed, "#cancel")
    def action_leave(self) -> None:
        """Leave without an answer."""
        self.dismiss(None)


class Field(Input):
    """A line to fill in: printable characters only, and no more of them than make sense.

    Textual's own field for whole numbers tries 2^n ways to read n digits and a letter: 30 hang the program.
    """

    def __init__(
        self, value: str = "", *, digits: bool = False, placeholder: str = "", disabled: bool = False, id: str
    ) -> None:
        """A field with this id; with `digits`, it takes only a whole number."""
        super().__init__(
            value,
            placeholder=placeholder,
            disabled=disabled,
            id=id,
            restrict=r"[0-9]*" if digits else r"[^\x00-\x1f\x7f-\x9f]*",
            max_length=18 if digits else 1000,
        )


class Error(Label):
    """Where a dialog says what is wrong with an answer."""

    def __init__(self) -> None:
        """Say nothing yet."""
        super().__init__("", id="error", classes="error", markup=False)


def form(rows: Iterable[tuple[str, Widget, str]]) -> Horizontal:
    """The lines of a form: for each, what is asked for, the field for it, and a hint at what it takes.

    The text of all lines is two widgets: with two per line, a form of thirteen took twice as long to appear.
    """
    names, fields, hints = zip(*rows, strict=True)
    return Horizontal(
        Label("\n".join(names), classes="names", markup=False),
        Vertical(*fields, classes="answers"),
        Label("\n".join(hints), classes="hint", markup=False),
        classes="form",
    )


def buttons(start: str) -> Horizontal:
    """The last line of a form: one button cancels it, the other starts what it is for."""
    return Horizontal(
        Button("Cancel", id="cancel", compact=True),
        Button(f"{start}  ^s", variant="primary", id="start", compact=True),
        classes="buttons",
    )
