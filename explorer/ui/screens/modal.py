"""What lies over the main screen, dialogs and palettes: where there is no room for it, it says so."""

from __future__ import annotations

from typing import TypeVar

from textual.events import Resize

from explorer.ui.base.size import has_room
from explorer.ui.base.textual_patches import PatchedModal
from explorer.ui.widgets.too_small import TooSmall

Result = TypeVar("Result")


class Modal(PatchedModal[Result]):
    """Something over the main screen; it is covered, and keeps its focus, while the terminal is too small."""

    _too_small: TooSmall | None = None

    def on_mount(self) -> None:
        """Cover it where it opens in a terminal that is too small."""
        self._cover_or_not()

    def on_resize(self, event: Resize) -> None:
        """Cover it, or no longer."""
        self._cover_or_not()

    def _cover_or_not(self) -> None:
        """Cover it where there is no room: half of a form can't be filled in, and no key would act."""
        covered = not has_room(*self.app.size)
        self.set_class(covered, "-covered")
        if not covered:
            if self._too_small is not None:
                self._too_small.remove()
                self._too_small = None
            return
        if self._too_small is None:
            self._too_small = TooSmall()
            self.mount(self._too_small)
        self._too_small.say(self.app.size)
