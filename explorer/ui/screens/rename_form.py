"""A run's new name."""

from __future__ import annotations

from explorer.runs.catalogue import check_name
from explorer.runs.folder import RunFolder
from explorer.system.errors import OptionError
from explorer.system.text import printable
from explorer.ui.screens.fields import Field, Row
from explorer.ui.screens.form import Form


class RenameForm(Form[str]):
    """A run's new name; its own is filled in."""

    def __init__(self, folder: RunFolder) -> None:
        """Ask for the new name of a run."""
        row = Row(Field(printable(folder.name), id="name"), "letters, digits, and . - _")
        super().__init__("rename the run", [row])
        self._folder = folder

    def check(self, name: str) -> str:
        """Whether the name is allowed and free; the run may keep its own."""
        try:
            if self.answer() != self._folder.name:
                check_name(self._folder.path.parent, self.answer())
        except OptionError as error:
            return error.in_form
        return ""

    def answer(self) -> str:
        """The name."""
        return str(self.typed["name"])
