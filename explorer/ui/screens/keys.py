"""Every key of the main screen, those of its views among them, for bindings, footer, palette and help."""

from __future__ import annotations

from typing import Final

from textual.binding import Binding

from explorer.ui.base.keys import HINTS, Hint, Key
from explorer.ui.base.keys import KEYS as GENERAL
from explorer.ui.screens.pages import PAGES, Page
from explorer.ui.views.table import VIEWS, view_class
from explorer.ui.views.view import View


def _number(number: int, name: str, page: Page) -> Key:
    """The key that shows a page."""
    tip = f"{page.title}: {page.question}"
    return Key(f"{number}", f"{number}", f"page('{name}')", "Page", tip, 23)


_NUMBERS: Final = tuple(_number(number, *page) for number, page in enumerate(PAGES.items(), start=1))
KEYS: Final[dict[str, tuple[Key, ...]]] = GENERAL | {"Views": (*_NUMBERS, *GENERAL["Views"])}
"""The keys of the main screen, grouped by purpose, in the order of the footer."""
NAMED: Final = tuple((f"view('{name}')", view_class(name).about) for name in VIEWS)
"""The actions that show the views by name, and what each view is: for the palette and the help."""
INSIDE: Final = tuple(
    (hint.shown, hint.tip) for hint in (*(h for name in VIEWS for h in view_class(name).about.keys), *HINTS)
)
"""The keys that views, forms and Textual handle, and what they do: for the help."""


def bindings() -> list[Binding]:
    """All keys of the main screen, as Textual's bindings."""
    return [binding for keys in KEYS.values() for key in keys for binding in key.bindings]


def useful_in(view: View, units: bool) -> list[Key | Hint]:
    """The keys in the footer of a view, in their order; `units`: whether the page shows some side by side."""
    about = view.about
    own = {name for hint in about.keys for name in hint.shown.split()}
    general = (
        key
        for keys in KEYS.values()
        for key in keys
        if (about.shows_sample or not key.of_sample)
        and (about.shows_class or not key.of_class)
        and (units or not key.of_units)
    )
    useful = (key for key in general if key.shown not in own)
    every: list[Key | Hint] = [*(hint for hint in about.keys if view.offers(hint.shown)), *useful]
    return [key for key in every if key.rank]
