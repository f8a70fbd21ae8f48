"""Forms: dialogs with fields, each of which is checked as soon as it is left."""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.events import DescendantBlur, DescendantFocus, Resize
from textual.widgets import Button, Input, Label

from explorer.system.errors import OptionError, label
from explorer.ui.screens.dialog import Dialog, Scroll, hint
from explorer.ui.screens.fields import Lines, Row, buttons
from explorer.ui.screens.modal import Result
from explorer.ui.widgets.select import Select


class Form(Dialog[Result]):
    """Fields with a check of each; what is wrong is marked once a field is left, or when the form is started.

    A field that is being typed into isn't called wrong before it is left; one that is marked is checked at
    every key, so that the mark goes as soon as it is right.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+s", "start", "Start", show=False)]

    def __init__(
        self, title: str, rows: Iterable[Row], *, start: str = "", error: str = "", note: str = ""
    ) -> None:
        """A form of these lines.

        Args:
            title: what the box is called.
            rows: its lines, filled in.
            start: what the button says that starts it; empty: enter alone does, and there are no buttons.
            error: why a start with these values failed; it is shown until the next start, or until the field
                is changed with whose name it begins.
            note: what else to say when it opens; it is shown until something is changed.
        """
        super().__init__()
        self._title, self._start = title, start
        self._rows = {row.name: row for row in rows}
        self._lines = Lines(self._rows.values())
        self._scroll = Scroll(self._lines, id="fields", can_focus=False)
        self._message = Label("", id="message", markup=False)
        self._said = ""
        self._note = note
        self._began = self.typed
        self._failed = {name: error for name in self._rows if error.startswith(f"{label(name)}: ")}
        self._wrong = {**self._failed}
        self._left = {*self._wrong}
        self._error = "" if self._wrong else error
        if self._wrong:
            self.AUTO_FOCUS = f"#{next(iter(self._wrong))}"  # type: ignore[misc] # Textual reads it here

    # What a form of its own says

    def check(self, name: str) -> str:
        """What is wrong with a field, in one line that begins with its name; empty if nothing is."""
        raise NotImplementedError

    def answer(self) -> Result:
        """The answer, once every field is right.

        Raises:
            OptionError: a field is wrong after all: a name was taken meanwhile.
        """
        raise NotImplementedError

    # What all forms do

    @property
    def typed(self) -> dict[str, object]:
        """What the fields hold, as it was typed: enough to fill in the form again."""
        return {name: row.field.value for name, row in self._rows.items()}

    def text(self, name: str) -> str:
        """What was typed into a field, without the spaces around it."""
        return str(self._rows[name].field.value).strip()

    def show_rows(self, names: Container[str]) -> None:
        """Show the lines with these names alone; the others keep what they hold, and are not checked."""
        self._lines.show(self._rows.values(), names)
        self._scroll.refresh(layout=True)

    def compose(self) -> ComposeResult:
        """The lines, what is wrong, the buttons, the keys."""
        with Vertical(id="box") as box:
            box.border_title = self._title
            yield self._scroll
            yield self._message
            if self._start:
                yield buttons(self._start)
                yield hint("tab: next field", "← → or a letter: change")
            else:
                yield hint("enter: ok")

    def on_mount(self) -> None:
        """Say what there is to say at the beginning."""
        self._show()

    def on_resize(self, event: Resize) -> None:
        """Say it where there is room for it."""
        self._show()

    @on(DescendantFocus)
    def show_hint(self) -> None:
        """Say what the field takes that has the focus now."""
        self._show()

    @on(DescendantBlur)
    def check_left(self, event: DescendantBlur) -> None:
        """Check a field that was left."""
        if event.widget.id in self._rows:
            self._left.add(event.widget.id)
            self._check(event.widget.id)

    @on(Input.Changed)
    @on(Select.Changed)
    def check_changed(self) -> None:
        """Check the fields that were left before: one may depend on another."""
        if self.typed != self._began:  # fields report what they were filled in with as a change
            self._note = ""
        focused = self.focused.id if self.focused else None
        self._check(*(name for name in self._left if name != focused or name in self._wrong))

    @on(Input.Submitted)
    @on(Button.Pressed, "#start")
    def action_start(self) -> None:
        """Check everything; answer, or mark what is wrong and go there."""
        self._error = self._note = ""
        self._failed.clear()
        self._left.update(self._rows)
        self._check(*self._rows)
        if not self._wrong:
            try:
                self.dismiss(self.answer())
            except OptionError as error:
                self._wrong[error.field] = error.in_form
                self._show()
        first = next((name for name in self._rows if name in self._wrong), None)
        if first is not None and self._rows[first].field.is_attached:
            self._rows[first].field.focus()

    def _check(self, *names: str) -> None:
        """Check these fields, and show what is wrong."""
        for name in names:
            field = self._rows[name].field
            wrong = self.check(name) if field.display and not field.disabled else ""
            if not wrong and self.typed[name] == self._began[name]:
                wrong = self._failed.get(name, "")
            if wrong:
                self._wrong[name] = wrong
            else:
                self._wrong.pop(name, None)
        self._show()

    def _show(self) -> None:
        """Mark the fields that are wrong, and say in one line what is wrong, or what a field takes."""
        focused = (self.focused.id if self.focused else None) or ""
        for name, row in self._rows.items():
            row.field.set_class(name in self._wrong, "-wrong")
        first = next((name for name in self._rows if name in self._wrong), "")
        wrong = self._wrong.get(focused) or self._wrong.get(first) or self._error
        takes = self._rows[focused].hint if focused in self._rows and self.narrow else ""
        self._message.set_class(bool(wrong), "error")
        self._say(wrong or self._note or (f"{label(focused)}: {takes}" if takes else ""))

    def _say(self, text: str) -> None:
        """Say something below the fields, where it may take away room from them."""
        if text == self._said:
            return
        self._said = text
        self._message.update(text)
        self._scroll.refresh(layout=True)
        if self.focused is not None:
            self.call_after_refresh(self.focused.scroll_visible, animate=False)
